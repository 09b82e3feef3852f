/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/note.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "audit/tree.h"
#include "base/lang.h"

#define TYPE_ED25519 0x01
#define ID_LEN 4
#define SECRET_PREFIX "PRIVATE+KEY+"
#define SIGNATURE_MAX 8192	/* of any kind, with the key's four bytes */
#define ID_HEX 9

/* ---- keys ---------------------------------------------------------------- */

static void
key_id(struct note_key *k)
{
	uint8_t hash[HASH_LEN];
	char named[NOTE_NAME_LEN + 2 + sizeof(k->bytes)];
	int len = snprintf(named, NOTE_NAME_LEN + 2, "%s\n%c", k->name, TYPE_ED25519);

	memcpy(named + len, k->bytes, sizeof(k->bytes));
	hash_bytes(hash, named, (size_t)len + sizeof(k->bytes));
	memcpy(k->id, hash, ID_LEN);
}

/* "No Unicode spaces or plus": a name of ours is what can be typed. */
static bool
name_fits(const char *name, size_t len)
{
	if (len == 0 || len >= NOTE_NAME_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
			return false;
	return true;
}

bool
note_key_eq(const struct note_key *a, const struct note_key *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* NAME+ID+base64(type, 32 bytes) */
static int
parse_parts(struct note_key *ret, uint8_t bytes[static 33], const char *text, size_t len)
{
	const char *id = memchr(text, '+', len);
	size_t name_len = id != NULL ? (size_t)(id - text) : 0, got, hex_len;
	const char *data = id != NULL ? memchr(id + 1, '+', len - name_len - 1) : NULL;
	const char *end;

	if (data == NULL || !name_fits(text, name_len))
		return -EINVAL;
	memcpy(ret->name, text, name_len);
	ret->name[name_len] = '\0';
	if (sodium_hex2bin(ret->id, ID_LEN, id + 1, (size_t)(data - id - 1), NULL, &hex_len,
		&end) != 0 ||
	    hex_len != ID_LEN || end != data)
		return -EINVAL;
	data++;
	if (sodium_base642bin(bytes, 33, data, len - (size_t)(data - text), NULL, &got, &end,
		sodium_base64_VARIANT_ORIGINAL) != 0 || got != 33 || end != text + len ||
	    bytes[0] != TYPE_ED25519)
		return -EINVAL;
	return 0;
}

/* The four bytes must be those of the key: a slip of the pen does not go by. */
static int
same_id(const struct note_key *k, const uint8_t id[static ID_LEN])
{
	return memcmp(k->id, id, ID_LEN) == 0 ? 0 : -EINVAL;
}

int
note_key_parse(struct note_key *ret, const char *text, size_t len, struct diag *reterr)
{
	struct note_key k = { 0 };
	uint8_t bytes[33], id[ID_LEN];
	int err = parse_parts(&k, bytes, text, len);

	if (err == 0) {
		memcpy(id, k.id, ID_LEN);
		memcpy(k.bytes, bytes + 1, sizeof(k.bytes));
		key_id(&k);
		err = same_id(&k, id);
	}
	if (err != 0)
		return diag_set(reterr, err,
		    _("this is no public key: NAME+ID+KEY, as `seawall audit key` prints it"));
	*ret = k;
	return 0;
}

static const char *
parts_text(const struct note_key *k, const uint8_t bytes[static 32], const char *prefix,
    char buf[static NOTE_KEY_TEXT])
{
	uint8_t typed[33] = { TYPE_ED25519 };
	char hex[ID_HEX], data[64];

	memcpy(typed + 1, bytes, 32);
	sodium_bin2hex(hex, sizeof(hex), k->id, ID_LEN);
	sodium_bin2base64(data, sizeof(data), typed, sizeof(typed), sodium_base64_VARIANT_ORIGINAL);
	snprintf(buf, NOTE_KEY_TEXT, "%s%s+%s+%s", prefix, k->name, hex, data);
	sodium_memzero(typed, sizeof(typed));
	sodium_memzero(data, sizeof(data));
	return buf;
}

const char *
note_key_text(const struct note_key *k, char buf[static NOTE_KEY_TEXT])
{
	return parts_text(k, k->bytes, "", buf);
}

static void
from_seed(struct note_secret *ret, const uint8_t seed[static 32])
{
	crypto_sign_seed_keypair(ret->key.bytes, ret->bytes, seed);
	key_id(&ret->key);
}

int
note_secret_new(struct note_secret *ret, const char *name, struct diag *reterr)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	if (!name_fits(name, strlen(name)))
		return diag_set(reterr, -EINVAL,
		    _("'%s' is no name of a key: up to %d characters without blanks and plus signs"),
		    name, NOTE_NAME_LEN - 1);
	snprintf(ret->key.name, sizeof(ret->key.name), "%s", name);
	randombytes_buf(seed, sizeof(seed));
	from_seed(ret, seed);
	sodium_memzero(seed, sizeof(seed));
	return 0;
}

int
note_secret_parse(struct note_secret *ret, const char *text, size_t len, struct diag *reterr)
{
	size_t skip = strlen(SECRET_PREFIX);
	struct note_secret s = { 0 };
	uint8_t bytes[33], id[ID_LEN];
	int err = len > skip && memcmp(text, SECRET_PREFIX, skip) == 0 ? 0 : -EINVAL;

	if (err == 0)
		err = parse_parts(&s.key, bytes, text + skip, len - skip);
	if (err == 0) {
		memcpy(id, s.key.id, ID_LEN);
		from_seed(&s, bytes + 1);
		err = same_id(&s.key, id);
	}
	sodium_memzero(bytes, sizeof(bytes));
	if (err == 0)
		*ret = s;
	else
		diag_set(reterr, err, _("this is no private key of Seawall"));
	sodium_memzero(&s, sizeof(s));
	return err;
}

const char *
note_secret_text(const struct note_secret *s, char buf[static NOTE_KEY_TEXT])
{
	/* of libsodium's 64 bytes the first half is the seed */
	return parts_text(&s->key, s->bytes, SECRET_PREFIX, buf);
}

/* ---- notes --------------------------------------------------------------- */

/* A line of a signature, without its newline, into its parts. */
static bool
read_line(const char *line, size_t len, struct note_line *ret, uint8_t *signature, size_t *ret_len)
{
	size_t dash = strlen(NOTE_DASH), got;
	uint8_t bytes[SIGNATURE_MAX];
	const char *name = line + dash, *blank, *end;

	if (len <= dash || memcmp(line, NOTE_DASH, dash) != 0)
		return false;
	blank = memchr(name, ' ', len - dash);
	if (blank == NULL || blank == name || memchr(name, '+', (size_t)(blank - name)) != NULL)
		return false;
	if (sodium_base642bin(bytes, sizeof(bytes), blank + 1, len - (size_t)(blank + 1 - line),
		NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    end != line + len || got <= ID_LEN)
		return false;
	ret->name = name;
	ret->name_len = (size_t)(blank - name);
	memcpy(ret->id, bytes, ID_LEN);
	if (signature != NULL && got - ID_LEN == crypto_sign_BYTES)
		memcpy(signature, bytes + ID_LEN, crypto_sign_BYTES);
	if (ret_len != NULL)
		*ret_len = got - ID_LEN;
	return true;
}

static bool
next_line(const char **at, const char *end, const char **ret, size_t *ret_len)
{
	const char *newline = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

	if (newline == NULL)
		return false;
	*ret = *at;
	*ret_len = (size_t)(newline - *at);
	*at = newline + 1;
	return true;
}

static const char *
wrong(const struct note *n)
{
	const char *at = n->lines, *end = at + n->lines_len, *line;
	struct note_line l;
	size_t len;

	if (n->lines_len == 0)
		return _("it has no signature");
	while (next_line(&at, end, &line, &len))
		if (!read_line(line, len, &l, NULL, NULL))
			return _("a line of its signatures cannot be read");
	return NULL;
}

static bool
is_text(const char *bytes, size_t len)
{
	json_t *utf8;
	bool is;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n')
			return false;
	utf8 = json_stringn(bytes, len);
	is = utf8 != NULL;
	json_decref(utf8);
	return is;
}

int
note_open(struct note *ret, const char *bytes, size_t len, struct diag *reterr)
{
	size_t at = len;
	const char *why = NULL;
	struct note n;

	if (len > NOTE_MAX || len < 3 || bytes[len - 1] != '\n' || !is_text(bytes, len))
		return diag_set(reterr, -EBADMSG, _("it is not the text of a signed note"));
	while (at >= 2 && (bytes[at - 1] != '\n' || bytes[at - 2] != '\n'))
		at--;	/* the last empty line parts text and signatures */
	if (at < 3)
		return diag_set(reterr, -EBADMSG, _("it has no empty line before its signatures"));
	n = (struct note){ bytes, at - 1, bytes + at, len - at };
	why = wrong(&n);
	if (why != NULL)
		return diag_set(reterr, -EBADMSG, "%s", why);
	*ret = n;
	return 0;
}

bool
note_line(const struct note *n, unsigned i, struct note_line *ret)
{
	const char *at = n->lines, *end = at + n->lines_len, *line;
	size_t len;

	while (next_line(&at, end, &line, &len))
		if (i-- == 0)
			return read_line(line, len, ret, NULL, NULL);
	return false;
}

/* One that is not right is not made good by another: the note is refused as a whole. */
enum note_says
note_check(const struct note *n, const struct note_key *by)
{
	const char *at = n->lines, *end = at + n->lines_len, *line;
	enum note_says says = NOTE_UNSIGNED;
	uint8_t signature[crypto_sign_BYTES];
	struct note_line l;
	size_t len, got;

	while (next_line(&at, end, &line, &len)) {
		if (!read_line(line, len, &l, signature, &got) || l.name_len != strlen(by->name) ||
		    memcmp(l.name, by->name, l.name_len) != 0 || memcmp(l.id, by->id, ID_LEN) != 0)
			continue;
		if (got != crypto_sign_BYTES ||
		    crypto_sign_verify_detached(signature, (const uint8_t *)n->text, n->len,
			by->bytes) != 0)
			return NOTE_FORGED;
		says = NOTE_SIGNED;
	}
	return says;
}

void
note_sign(struct text *to, const char *text, size_t len, const struct note_secret *by)
{
	uint8_t bytes[ID_LEN + crypto_sign_BYTES];
	char line[sodium_base64_ENCODED_LEN(sizeof(bytes), sodium_base64_VARIANT_ORIGINAL)];

	memcpy(bytes, by->key.id, ID_LEN);
	crypto_sign_detached(bytes + ID_LEN, NULL, (const uint8_t *)text, len, by->bytes);
	sodium_bin2base64(line, sizeof(line), bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
	text_printf(to, NOTE_DASH "%s %s\n", by->key.name, line);
}

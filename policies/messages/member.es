Subject: [{organization}] {title}

Estimados miembros de {member}:

{say}

{list}

Si tienen preguntas, respondan a {organization}.

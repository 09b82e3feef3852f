Subject: [{organization}] {title}

Esta es una prueba de {organization}, enviada a las {time}. No pasó nada.

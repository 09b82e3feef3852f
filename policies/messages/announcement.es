Subject: [{organization}] {title} ({id})

{say}

Hora: {time}
Hasta: {until}
Más: seawall show {id}

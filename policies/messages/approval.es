Subject: [{organization}] {title} ({id})

{title}. {say}

Hora: {time}
Se puede responder hasta: {until}
Para decir que sí, en el equipo: seawall approve {id}
Para decir que no: seawall deny {id} --reason "..."
Para ver antes todo lo que se sabe: seawall show {id}

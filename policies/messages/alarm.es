Subject: [{organization}] {title}

{title}. {say}

Hora: {time}
Hasta: {until}
Cómo está todo: seawall status

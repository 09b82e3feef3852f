Subject: ninguno

{lost}
--
Nadie puede cambiar el registro sin que se note. Guarde esto: es el punto de control firmado más
reciente, y "seawall audit verify --checkpoint ARCHIVO" dice si el registro sigue siendo el de ahora.

{checkpoint}

"""One route group a file. Handlers only pass parameters on; liqscape.service.view answers."""

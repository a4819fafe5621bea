"""Django behind plain WSGI: what the ASGI front hands on, and what tests talk to in their own process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sitong.console.settings")
application = get_wsgi_application()

"""
The ASGI application, for hosts that want one; the product itself is synchronous and measured on
WSGI.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

application = get_asgi_application()

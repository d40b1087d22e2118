"""Outlets: the branches of an organization."""

from core.tenancy.filters import OutletFilterSet
from core.tenancy.models import Outlet
from core.tenancy.selectors import outlets
from core.tenancy.services.outlets import create_outlet, delete_outlet, update_outlet
from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList


class OutletWords(Words):
    id = Word(read_only=True)
    name = Word()
    time_zone = Word()
    phone = Word()
    street_address = Word("street")
    city = Word()
    state = Word()
    zip_code = Word("postal_code")
    country = Word()
    is_active = Word()
    created_at = Word(read_only=True)

    class Meta:
        model = Outlet


class OutletBase:
    noun = "Outlet"
    words_class = OutletWords
    rows = staticmethod(outlets)
    filterset_class = OutletFilterSet
    order = ("name", "id")
    create = create_outlet
    update = update_outlet
    delete_row = delete_outlet
    key = "outlet_id"


class OutletsList(OutletBase, ResourceList):
    pass


class OutletItem(OutletBase, ResourceItem):
    pass

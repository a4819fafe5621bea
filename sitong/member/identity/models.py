"""Who a consumer is."""

from __future__ import annotations

from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Member(models.Model):
    """One consumer of one brand. `account_id` is set once the member has signed in; a member may be known without.

    Name and phone are sealed; the phone is found by its keyed index.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    account_id = models.UUIDField(null=True, unique=True)
    number = models.CharField(max_length=20)
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    phone_index = models.BinaryField(max_length=32, null=True)
    source = models.CharField(max_length=40, blank=True)
    home_store_id = models.UUIDField(null=True)
    joined_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="member_number_once"),
            models.UniqueConstraint(fields=["brand_id", "phone_index"], name="member_phone_once"),
        ]

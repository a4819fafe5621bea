"""What the refusals of this word say to people."""

from django.utils.translation import gettext_lazy as _  # noqa: F401 - each refusal's sentence stands here

from sitong.shared.errors import SENTENCES

SENTENCES.update({})

"""A short key for each member, from a counter of the database."""

from django.db import migrations, models
from django.db.models import Func, Value


class Migration(migrations.Migration):
    dependencies = [("member", "0003_checkin")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE member_ordinal AS bigint", "DROP SEQUENCE member_ordinal"),
        migrations.AddField(
            model_name="member",
            name="ordinal",
            field=models.BigIntegerField(
                unique=True, editable=False, db_default=Func(Value("member_ordinal"), function="nextval")
            ),
        ),
    ]

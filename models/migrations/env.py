"""Called by Alembic: runs the migrations on the connection that `models.migrations` has opened."""

from alembic import context
from sqlalchemy import Connection

import models

connection: Connection = context.config.attributes["connection"]
partitions = set(connection.exec_driver_sql("select relname from pg_class where relispartition").scalars())
context.configure(
    connection=connection,
    target_metadata=models.Row.metadata,
    compare_type=True,
    transactional_ddl=True,
    # Partitions come and go by themselves (`models.retention`); their parent is compared for them.
    include_name=lambda name, kind, _parents: kind != "table" or name not in partitions,
)
with context.begin_transaction():
    context.run_migrations()

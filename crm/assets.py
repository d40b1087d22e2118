"""Style sheets, scripts and fonts under names that change with them, so that browsers keep them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedAssets(CompressedManifestStaticFilesStorage):
    """Also with DEBUG on, where Django leaves the plain names: `make run` is what people judge."""

    def url(self, name: str | None, force: bool = False) -> str:
        return str(super().url(name, force=True))

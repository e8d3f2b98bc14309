echo beside {{ ds }}

"""A shop behind its own HTTP API (docs/shop-api.yaml), as an actions.backend.ShopBackend."""

from actions.rest_shop.shop import RestShop

__all__ = ["RestShop"]

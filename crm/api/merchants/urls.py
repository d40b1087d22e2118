"""The merchants' API's table of contents."""

from django.urls import path

from crm.api.merchants import customers, transactions

urlpatterns = [
    path("customers", customers.MerchantCustomers.as_view()),
    path("customers/<str:customer_id>", customers.MerchantCustomerItem.as_view()),
    path("customers/<str:customer_id>/transactions", transactions.MerchantTransactions.as_view()),
]

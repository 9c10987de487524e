"""What the shop says, in Chinese and English."""

from __future__ import annotations

WORDS = {
    "zh": {
        "shop": "浩宇数码",
        "demo": "演示用的店铺，商品和商家都是虚构的",
        "home": "首页",
        "orders": "我的订单",
        "order": "订单",
        "no_orders": "还没有订单。",
        "switch": "English",
        "skip": "跳到正文",
        "whole": "全款购买",
        "picture": "一台打开的笔记本电脑放在书桌上",
        "stock": "库存 12 台，三天内送达",
        "return_line": "分期退货：退款先还借款，多付的退给你",
        "goods": "商品",
        "price": "价格",
        "state": "状态",
        "return": "整单退货",
        "return_note": "7 天内可以退货：商家把钱退给资金方，你的借款随之结清，多付的退给你。",
        "returning": "已退货，退回",
    },
    "en": {
        "shop": "Haoyu Digital",
        "demo": "A shop for this demo; goods and merchant are made up",
        "home": "Home",
        "orders": "My orders",
        "order": "Order",
        "no_orders": "No orders yet.",
        "switch": "中文",
        "skip": "Skip to the page",
        "whole": "Pay in full",
        "picture": "An open laptop on a desk",
        "stock": "12 in stock, with you in three days",
        "return_line": "Returns: refunds repay the loan first, the rest is yours",
        "goods": "Goods",
        "price": "Price",
        "state": "State",
        "return": "Return the order",
        "return_note": "Within 7 days: the shop pays the lender back, your loan ends with it, and "
        "what you paid beyond it comes back to you.",
        "returning": "Returned, given back",
    },
}
STATES = {
    "zh": {
        "open": "等待付款",
        "applied": "分期申请中",
        "authorised": "已签署，等待商家收款",
        "captured": "放款中",
        "paid": "已付款",
        "returned": "已退货，借款已结清",
        "lapsed": "已失效",
    },
    "en": {
        "open": "Waits to be paid",
        "applied": "Instalments applied for",
        "authorised": "Signed, to be captured",
        "captured": "Being paid out",
        "paid": "Paid",
        "returned": "Returned; the loan has ended",
        "lapsed": "Lapsed",
    },
}

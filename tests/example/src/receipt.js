// Plain JavaScript in the CommonJS style, indented with tabs.
"use strict";

const WIDTH = 36;

function row(left, right) {
	const gap = WIDTH - left.length - right.length;
	return left + " ".repeat(Math.max(1, gap)) + right;
}

/**
 * Lays out an order as text.
 * `format` makes a string of an amount, `linePrice` the amount of a line.
 */
module.exports = function receipt(order, format, linePrice) {
	const rows = [`Order ${order.number}`, "=".repeat(WIDTH)];
	for (const line of order.cart) {
		const { article, count } = line;
		rows.push(row(`${count} x ${article.title}`, format(linePrice(line))));
	}
	for (const { label, amount } of order.discounts) {
		rows.push(row(label, format(amount)));
	}
	rows.push("-".repeat(WIDTH), row("Due", format(order.due)));
	return rows.join("\n");
};

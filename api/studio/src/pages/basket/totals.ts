// Sums of money by currency, exact in the smallest unit that occurs.

interface Money {
  amount: string;
  currencyCode: string | null;
}

/** The sum of each currency, in the order in which they first occur. */
export function sumByCurrency(parts: readonly { money: Money; quantity: number }[]): Money[] {
  const sums = new Map<string | null, { digits: number; units: bigint }>();
  for (const { money, quantity } of parts) {
    const digits = money.amount.split(".")[1]?.length ?? 0;
    const before = sums.get(money.currencyCode) ?? { digits: 0, units: 0n };
    const most = Math.max(digits, before.digits);
    const units =
      before.units * 10n ** BigInt(most - before.digits) +
      BigInt(money.amount.replace(".", "")) * 10n ** BigInt(most - digits) * BigInt(quantity);
    sums.set(money.currencyCode, { digits: most, units });
  }
  return [...sums].map(([currencyCode, { digits, units }]) => {
    const text = String(units).padStart(digits + 1, "0");
    const amount = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
    return { amount, currencyCode };
  });
}

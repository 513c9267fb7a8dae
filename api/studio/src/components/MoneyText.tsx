import { currentLanguage } from "../i18n";

export interface Money {
  amount: string;
  currencyCode: string | null;
}

/** An amount in its currency, as the reader's language writes it. */
export function MoneyText({ money }: { money: Money | null | undefined }) {
  return money ? <>{formatMoney(money, currentLanguage())}</> : null;
}

export function formatMoney({ amount, currencyCode }: Money, language: string): string {
  const options = currencyCode
    ? { style: "currency" as const, currency: currencyCode }
    : { minimumFractionDigits: 2 };
  return new Intl.NumberFormat(language, options).format(Number(amount));
}

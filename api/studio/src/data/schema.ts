export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Date (isoformat) */
  Date: { input: string; output: string; }
  /** Date with time (isoformat) */
  DateTime: { input: string; output: string; }
  /** Decimal (fixed-point) */
  Decimal: { input: string; output: string; }
  /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf). */
  JSON: { input: unknown; output: unknown; }
};

/** How far an answer is. */
export type AnswerStage =
  /** The turn is answered and kept. */
  | 'COMPLETE'
  /** Plans are run; others may follow where they find nothing. */
  | 'PLANNED'
  /** A sentence is ready. */
  | 'STATED'
  /** The turn was read. */
  | 'UNDERSTOOD';

/** What became of a question. */
export type AnswerStatus =
  | 'ANSWERED'
  | 'HANDED_OVER'
  | 'SIGN_IN'
  | 'UNCLEAR'
  | 'UNKNOWN';

/** Values of one attribute: any of `values`, or a number from `min` to `max`. */
export type AttributeFilter = {
  /** Name of the attribute, such as colour, or its key; other names of the same attribute, such as color or 颜色, are understood. */
  readonly attribute: Scalars['String']['input'];
  /** Highest number. */
  readonly max?: InputMaybe<Scalars['Float']['input']>;
  /** Least number. */
  readonly min?: InputMaybe<Scalars['Float']['input']>;
  /** Unit of `min` and `max`, such as GB or inch; converted. Null: numbers are taken as they are stored, see `AttributeValue.unit`. */
  readonly unit?: InputMaybe<Scalars['String']['input']>;
  /** Names of values, such as red or 64 GB, or their keys or ids; any of them. At most 50. */
  readonly values?: ReadonlyArray<Scalars['ID']['input']>;
};

/** A value of an attribute. */
export type AttributeInput = {
  /** Name of the attribute, such as colour. */
  readonly name: Scalars['String']['input'];
  /** Unit of a number. */
  readonly unit?: InputMaybe<Scalars['String']['input']>;
  /** Its value; read as a feed's would be. */
  readonly value: Scalars['String']['input'];
};

/** Whether a product can be bought, read from the catalogue's words of any language. */
export type Availability =
  | 'BACKORDER'
  | 'DISCONTINUED'
  | 'IN_STOCK'
  | 'IN_STORE_ONLY'
  | 'LIMITED'
  | 'MADE_TO_ORDER'
  | 'OUT_OF_STOCK'
  | 'PREORDER'
  | 'UNKNOWN';

/** How the rows of a panel are drawn. */
export type ChartKind =
  | 'BAR'
  | 'LINE'
  | 'TABLE';

/** Which items to hold. */
export type ClaimReviewItemsInput = {
  /** Only this attribute. */
  readonly attribute?: InputMaybe<Scalars['String']['input']>;
  /** Only this category. */
  readonly category?: InputMaybe<Scalars['String']['input']>;
  /** How many at most, 1 to 100. */
  readonly first?: Scalars['Int']['input'];
  /** Only this kind. */
  readonly kind?: InputMaybe<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** What a generated text is for. */
export type ContentKind =
  | 'ADVERTISEMENT'
  | 'BULLETS'
  | 'DESCRIPTION'
  | 'EMAIL'
  | 'TITLE';

/** A rejected row with corrected columns. */
export type CorrectedRowInput = {
  /** Values by column; columns that are not named stay as they are. */
  readonly fields: Scalars['JSON']['input'];
  /** Its line, as `rejectedRows` names it. */
  readonly line: Scalars['Int']['input'];
};

/** How a count relates to the true number. */
export type CountRelation =
  /** It is the number. */
  | 'EQ'
  /** The number is this or higher. */
  | 'GTE';

/** Whom a key is for, and what it may do. */
export type CreateApiKeyInput = {
  /** Of whoever gets the key, as logs show it: letters, digits, '_', '.', '-'. */
  readonly name: Scalars['String']['input'];
  /** What it may do; nothing that the caller may not. */
  readonly scopes: ReadonlyArray<Scalars['String']['input']>;
  /** Key of the shopper, if it is one shopper's. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What data of shoppers are used for. */
export type DataPurpose =
  | 'PERSONALISATION'
  | 'TRAINING';

/** Decisions to record, all or none. */
export type DecideReviewItemsInput = {
  /** At most 200. */
  readonly decisions: ReadonlyArray<ReviewDecisionInput>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** What a document is for. */
export type DocumentKind =
  | 'FAQ'
  | 'MANUAL'
  | 'NEWS'
  | 'OTHER'
  | 'POLICY';

/** Which edges of a node are followed. */
export type EdgeDirection =
  /** All. */
  | 'BOTH'
  /** Those that lead to it. */
  | 'INCOMING'
  /** Those that begin at it. */
  | 'OUTGOING';

/** Which edges a drawing has. */
export type EdgeFilter = {
  /** True: only what a model guessed; false: nothing of it; null: both. */
  readonly imputed?: InputMaybe<Scalars['Boolean']['input']>;
  /** Least confidence of a fact, 0 to 1; relations that follow from keys stay. */
  readonly minConfidence?: Scalars['Float']['input'];
  /** Only these relations, such as HAS_BRAND; null for all. */
  readonly relations?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/** Whom to erase. */
export type EraseUserInput = {
  /** The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`. */
  readonly userKey: Scalars['String']['input'];
};

/** What a shopper did. */
export type EventKind =
  | 'CART'
  | 'CLICK'
  | 'DISMISS'
  | 'LIKE'
  | 'PURCHASE'
  | 'QUERY'
  | 'REVIEW'
  | 'SHARE'
  | 'VIEW';

/** What the rows of a feed are. */
export type FeedContent =
  | 'CATALOG'
  | 'EVENTS'
  | 'ORDERS'
  | 'REVIEWS';

/** Which feed: an upload, a file of the server, a database with a query, or a topic. */
export type FeedInput = {
  /** Address of a database, as `feedSources` lists it. */
  readonly database?: InputMaybe<Scalars['String']['input']>;
  /** Path within the server's folder, as `feedSources` lists it. */
  readonly file?: InputMaybe<Scalars['String']['input']>;
  /** SELECT whose rows are the feed, for a database. */
  readonly query?: InputMaybe<Scalars['String']['input']>;
  /** Name of a Kafka topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
  /** Id that `POST /feed-files` answered. */
  readonly upload?: InputMaybe<Scalars['ID']['input']>;
};

/** Language of reasons and warnings. */
export type FeedLanguage =
  | 'EN'
  | 'ZH';

/** How a feed is read and written. */
export type FeedOptionsInput = {
  /** Withdraw them however many they are. */
  readonly allowShrink?: Scalars['Boolean']['input'];
  /** Preferred currencies of columns for several. */
  readonly currency?: ReadonlyArray<Scalars['String']['input']>;
  /** Encoding of the text, such as `gb18030`. Null: detected. */
  readonly encoding?: InputMaybe<Scalars['String']['input']>;
  /** Preferred languages of columns for several. */
  readonly language?: ReadonlyArray<Scalars['String']['input']>;
  /** Catalogue that reviews, events and orders are about. Null: the mapping's, else the one in the graph that knows their ids. */
  readonly productSource?: InputMaybe<Scalars['String']['input']>;
  /** Whether the feed is the whole catalogue: missing products are withdrawn. */
  readonly snapshot?: Scalars['Boolean']['input'];
  /** Name of the feed, in the keys of its records. Null: the mapping's. */
  readonly source?: InputMaybe<Scalars['String']['input']>;
};

/** What a shopper did with a recommendation, or thinks of it. */
export type FeedbackAction =
  /** Wants it. Counts as CART. */
  | 'ADDED_TO_CART'
  /** Looked at it. Counts as CLICK. */
  | 'CLICKED'
  /** Waved it away. Counts as DISMISS: it is not shown again, and nothing is learned from what the shopper did with it before. */
  | 'DISMISSED'
  /** Finds it a good suggestion. Counts as LIKE, which is learned from. */
  | 'HELPFUL'
  /** Finds it a bad suggestion. Counts as DISMISS. */
  | 'NOT_HELPFUL'
  /** Bought it. Counts as PURCHASE. */
  | 'PURCHASED'
  /** Told others. Counts as SHARE. */
  | 'SHARED';

/** Why a person should take over a conversation. */
export type HandOverReason =
  | 'ANGER'
  | 'ASKED'
  | 'UNANSWERED';

/** How a product is to go with another one. */
export type Intent =
  /** Along with it: chosen by the same shoppers, other kind. */
  | 'COMPLEMENTARY'
  /** Instead of it: alike, same kind. */
  | 'RELATED';

/** What a person says of a generated text. */
export type JudgeContentInput = {
  /** Whether it is good. Later variants like accepted ones count as the best. */
  readonly accepted: Scalars['Boolean']['input'];
  /** The text, `content:<hash>`. */
  readonly key: Scalars['String']['input'];
};

/** Language of a text. ZH takes any Chinese; ZH_TW takes Traditional first. */
export type Locale =
  | 'AR'
  | 'BG'
  | 'BN'
  | 'CA'
  | 'CS'
  | 'DA'
  | 'DE'
  | 'EL'
  | 'EN'
  | 'ES'
  | 'ET'
  | 'FA'
  | 'FI'
  | 'FR'
  | 'HE'
  | 'HI'
  | 'HR'
  | 'HU'
  | 'ID'
  | 'IT'
  | 'JA'
  | 'KO'
  | 'LT'
  | 'LV'
  | 'MS'
  | 'NL'
  | 'NO'
  | 'PL'
  | 'PT'
  | 'PT_BR'
  | 'RO'
  | 'RU'
  | 'SK'
  | 'SL'
  | 'SR'
  | 'SV'
  | 'TH'
  | 'TR'
  | 'UK'
  | 'VI'
  | 'ZH'
  | 'ZH_CN'
  | 'ZH_HK'
  | 'ZH_TW';

/** A picture of a product. */
export type MediaInput = {
  /** Alternative text. */
  readonly alt?: InputMaybe<Scalars['String']['input']>;
  /** Absolute http or https address. */
  readonly url: Scalars['String']['input'];
};

/** A session that turned out to be a known shopper's. */
export type MergeSessionInput = {
  /** Pseudonym under which the session was recorded, `user:<source>:<32 hexadecimal digits>`; `catalograph user-key SOURCE ID` prints that of the session's id. */
  readonly sessionKey: Scalars['String']['input'];
  /** The shopper's pseudonym; null for the caller's own, where that is a shopper. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** A kind of model. */
export type ModelKind =
  /** Item-item preference weights. */
  | 'PREFERENCE'
  /** Second stage of searches. */
  | 'RANKER'
  /** Text vectors. */
  | 'TEXT';

/** Length of a step of a trend. */
export type OpinionStep =
  | 'DAY'
  | 'WEEK';

/** An option that tells a variant from the others of its group. */
export type OptionInput = {
  /** Name of the option, such as Size. */
  readonly name: Scalars['String']['input'];
  /** Its value, such as XL. */
  readonly value: Scalars['String']['input'];
};

/** Where an order, a shipment or a return stands, read from the shop's word. */
export type OrderStatus =
  | 'CANCELLED'
  | 'CONFIRMED'
  | 'DELIVERED'
  | 'PENDING'
  | 'PROCESSING'
  | 'REFUNDED'
  | 'REFUSED'
  | 'REQUESTED'
  | 'RETURNED'
  | 'SHIPPED'
  | 'UNKNOWN';

/** Whether a product is on sale. */
export type Presence =
  | 'ABSENT'
  | 'LISTED'
  | 'UNLISTED';

/** A range of prices in one currency. */
export type PriceRange = {
  /** ISO 4217 code. Prices in other currencies are left out, unless the operator gives exchange rates. Null: the shop's currency, else the most frequent one of the list. Alone it leaves nothing out, but orders and facets go by it. */
  readonly currencyCode?: InputMaybe<Scalars['String']['input']>;
  /** Highest price. */
  readonly max?: InputMaybe<Scalars['Decimal']['input']>;
  /** Least price. */
  readonly min?: InputMaybe<Scalars['Decimal']['input']>;
};

/** Products to leave out: those with any of these. */
export type ProductExclusion = {
  /** Values of attributes. At most 20. */
  readonly attributes?: ReadonlyArray<AttributeFilter>;
  /** Keys or ids of brands. At most 50. */
  readonly brands?: ReadonlyArray<Scalars['ID']['input']>;
  /** Keys or ids of categories; narrower ones count as well. At most 50. */
  readonly categories?: ReadonlyArray<Scalars['ID']['input']>;
  /** Words, such as wireless: products that say so in their title, description, brand or values, unless negated, as in `non-wireless` or `wireless: no`. At most 20. */
  readonly words?: ReadonlyArray<Scalars['String']['input']>;
};

/** Which products to keep; what is left out does not narrow. Within one field any of the given keys has to hold, and all fields together. */
export type ProductFilter = {
  /** Values of attributes: of each attribute any, of different ones all. At most 20. */
  readonly attributes?: ReadonlyArray<AttributeFilter>;
  /** Whether it can be bought: any of these. */
  readonly availability?: ReadonlyArray<Availability>;
  /**
   * Key of a brand.
   * @deprecated Takes one only. Give `brands`.
   */
  readonly brand?: InputMaybe<Scalars['String']['input']>;
  /** Keys or ids of brands; any of them. At most 50. */
  readonly brands?: ReadonlyArray<Scalars['ID']['input']>;
  /** Keys or ids of categories; any of them, and narrower categories count as well. At most 50. */
  readonly categories?: ReadonlyArray<Scalars['ID']['input']>;
  /**
   * Key of a category; narrower categories count as well.
   * @deprecated Takes one only. Give `categories`.
   */
  readonly category?: InputMaybe<Scalars['String']['input']>;
  /** Keys or ids of products: what is in the community of any of them, in the live version; nothing without one. At most 50. */
  readonly communities?: ReadonlyArray<Scalars['ID']['input']>;
  /** ISO 4217 code: only products that the catalogue prices in it. Prices are compared in it too, unless `price` names another. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Leave out what the catalogue says cannot be had; what says nothing stays. */
  readonly inStock?: Scalars['Boolean']['input'];
  /** Products to leave out. */
  readonly not?: InputMaybe<ProductExclusion>;
  /** Range of prices in one currency. */
  readonly price?: InputMaybe<PriceRange>;
  /**
   * Highest price.
   * @deprecated A float is not exact. Give `price { max }`.
   */
  readonly priceMax?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Least price.
   * @deprecated A float is not exact. Give `price { min }`.
   */
  readonly priceMin?: InputMaybe<Scalars['Float']['input']>;
  /** Least mean rating, in stars. */
  readonly ratingMin?: InputMaybe<Scalars['Float']['input']>;
  /** Last part of the page's address, as the catalogue states it. */
  readonly slug?: InputMaybe<Scalars['String']['input']>;
  /** Catalogue it is numbered in. */
  readonly source?: InputMaybe<Scalars['String']['input']>;
  /**
   * Keys of attribute values; all must hold. At most 20.
   * @deprecated Give `attributes`, of which any value of an attribute may hold.
   */
  readonly values?: ReadonlyArray<Scalars['String']['input']>;
};

/** Order of products; equal ones by key. */
export type ProductSort =
  /** By key. */
  | 'KEY'
  /** Latest on the market first. */
  | 'NEWEST'
  /** As the catalogue states it. */
  | 'POPULARITY'
  /** Cheapest first, without last. */
  | 'PRICE_ASC'
  /** Dearest first, without last. */
  | 'PRICE_DESC'
  /** Best mean rating first. */
  | 'RATING'
  /** By title. */
  | 'TITLE';

/** What a shopper thinks of an answer. */
export type RateAnswerInput = {
  /** Why, at most 500 characters; it is kept without personal data. */
  readonly comment?: InputMaybe<Scalars['String']['input']>;
  /** Whether the answer helped. */
  readonly helpful: Scalars['Boolean']['input'];
  /** `turnKey` of the turn. */
  readonly turnKey: Scalars['String']['input'];
  /** The shopper's pseudonym; null for the caller's own. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Something a shopper did. */
export type RecordEventInput = {
  /** Its id there. The same id again is the same event, and makes no second one. */
  readonly id: Scalars['String']['input'];
  /** What was done. */
  readonly kind: EventKind;
  /** Place in that list, from 0; null: where the list has it. */
  readonly position?: InputMaybe<Scalars['Int']['input']>;
  /** Product it was done to; needed for every kind but QUERY. */
  readonly productKey?: InputMaybe<Scalars['String']['input']>;
  /** Search words, for the kind QUERY. */
  readonly query?: InputMaybe<Scalars['String']['input']>;
  /** List it responds to: `servedId` of that answer. */
  readonly servedId?: InputMaybe<Scalars['String']['input']>;
  /** Shop or site it happened in; lower case. */
  readonly source: Scalars['String']['input'];
  /** When, with a time zone; null for now. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
  /** The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`; null when anonymous. `catalograph user-key SOURCE ID` prints the key of an id. Raw ids are refused. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Several things that shoppers did. */
export type RecordEventsInput = {
  /** The events, at most 100. */
  readonly events: ReadonlyArray<RecordEventInput>;
};

/** Feedback on one item of a served list. */
export type RecordFeedbackInput = {
  /** What was done, or thought of it. */
  readonly action: FeedbackAction;
  /** Place of the item, from 0; this or `productKey` is needed. */
  readonly position?: InputMaybe<Scalars['Int']['input']>;
  /** The item; this or `position` is needed. */
  readonly productKey?: InputMaybe<Scalars['String']['input']>;
  /** The list: `servedId` of that answer. */
  readonly servedId: Scalars['String']['input'];
  /** The shopper's pseudonym; null when anonymous: then it counts for the model's figures, but changes nobody's recommendations. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Order of models and runs; equal ones by key. */
export type RecordSort =
  /** By key. */
  | 'KEY'
  /** Newest first. */
  | 'NEWEST';

/** Items whose claims end. */
export type ReleaseReviewItemsInput = {
  /** Keys of the items, at most 200. */
  readonly keys: ReadonlyArray<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** Rejected rows to try again. */
export type ReplayRejectedInput = {
  /** Mapping to read them with; null for the run's. */
  readonly mapping?: InputMaybe<Scalars['JSON']['input']>;
  /** Corrected rows, at most 1,000; none tries all rows as they are. */
  readonly rows?: ReadonlyArray<CorrectedRowInput>;
  /** Run that rejected them, `run:<id>`. */
  readonly run: Scalars['String']['input'];
};

/** A decision about an item. */
export type ReviewDecisionInput = {
  /** The right value, for `CORRECT`; of a category its path, a > b. */
  readonly correction?: InputMaybe<Scalars['String']['input']>;
  /** The item, `review-item:<hash>`. */
  readonly key: Scalars['String']['input'];
  /** What the reviewer says. */
  readonly verdict: ReviewVerdict;
};

/** Order of reviews; equal ones by key. */
export type ReviewSort =
  /** Found helpful by most first. */
  | 'HELPFUL'
  /** By key. */
  | 'KEY'
  /** Newest first. */
  | 'NEWEST'
  /** Oldest first. */
  | 'OLDEST'
  /** Most stars first. */
  | 'RATING';

/** Which items of the review queue to list. */
export type ReviewState =
  | 'DECIDED'
  | 'WAITING';

/** What a person says of an item. */
export type ReviewVerdict =
  | 'ACCEPT'
  | 'CORRECT'
  | 'REJECT';

/** The key to revoke. */
export type RevokeApiKeyInput = {
  /** Its name. */
  readonly name: Scalars['String']['input'];
};

/** Which kind of model to go back with. */
export type RollBackModelInput = {
  /** Kind of model, such as preference. */
  readonly kind: Scalars['String']['input'];
};

/** What a run did with a record. */
export type RunEffect =
  | 'ADDED'
  | 'CHANGED'
  | 'WITHDRAWN';

/** A feed to bring in. */
export type RunFeedInput = {
  /** The feed. */
  readonly feed: FeedInput;
  /** What its rows are. */
  readonly kind: FeedContent;
  /** Mapping; null for a shipped one that fits. A topic needs one. */
  readonly mapping?: InputMaybe<Scalars['JSON']['input']>;
  /** How it is read and written. */
  readonly options?: InputMaybe<FeedOptionsInput>;
};

/** A run. */
export type RunInput = {
  /** `run:<id>`. */
  readonly run: Scalars['String']['input'];
};

/** What somebody says to the assistant. */
export type SayInput = {
  /** `conversationKey` of the turn before; null begins a new one. */
  readonly conversationKey?: InputMaybe<Scalars['String']['input']>;
  /** Products before the shopper's eyes, at most 10, such as the page's: what “it” means before the conversation names any. */
  readonly productKeys?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** What was typed: 1 to 500 characters. */
  readonly text: Scalars['String']['input'];
  /** The shopper's consent to recommendations by their own history, with reasons; needs the scope `recommend:read`. Without it, the most popular products are recommended. */
  readonly useHistory?: Scalars['Boolean']['input'];
  /** The shopper's pseudonym; null for the caller's own, or when anonymous. An anonymous conversation that a shopper goes on with becomes the shopper's. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What a search goes by. */
export type SearchMode =
  /** Words: title, brands, description, attributes with their values. */
  | 'FULL_TEXT'
  /** Both, added up. */
  | 'HYBRID'
  /** Meaning: text vectors of query and product. */
  | 'VECTOR';

/** Sentiment of a text. */
export type Sentiment =
  | 'NEGATIVE'
  | 'NEUTRAL'
  | 'POSITIVE';

/** A product chosen in a session that nobody need have recorded. */
export type SessionEvent = {
  /** `product:<source>:<id>`. */
  readonly productKey: Scalars['String']['input'];
  /** When, with a time zone; null: as old as the oldest. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What a shopper agrees to and refuses. */
export type SetConsentInput = {
  /** Purposes that the shopper agrees to from now on. */
  readonly agreed?: ReadonlyArray<DataPurpose>;
  /** Purposes that the shopper refuses from now on. */
  readonly refused?: ReadonlyArray<DataPurpose>;
  /** The shopper's pseudonym; null for the caller's own, where that is a shopper. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What a slot of a turn holds. */
export type SlotKind =
  | 'ATTRIBUTE'
  | 'EMAIL'
  | 'ORDER'
  | 'PRODUCT';

/** What a source of an answer is. */
export type SourceKind =
  | 'FACT'
  | 'ORDER'
  | 'PASSAGE'
  | 'RECORD'
  | 'REVIEW';

/** What is suggested. */
export type SuggestionKind =
  /** A brand. */
  | 'BRAND'
  /** A category. */
  | 'CATEGORY'
  /** A product. */
  | 'PRODUCT'
  /** A query that several shoppers typed. */
  | 'QUERY';

/** Texts that terms are found in: reviews, search words, news, or questions and answers (documents of the kinds NEWS and FAQ). */
export type TextSource =
  | 'NEWS'
  | 'QUESTIONS'
  | 'REVIEWS'
  | 'SEARCHES';

/** How a generated text speaks. */
export type Tone =
  | 'FORMAL'
  | 'FRIENDLY'
  | 'PLAIN';

/** What search words were understood as. */
export type UnderstoodKind =
  /** A brand. */
  | 'BRAND'
  /** A category. */
  | 'CATEGORY'
  /** A range of prices. */
  | 'PRICE'
  /** A range of stars. */
  | 'RATING'
  /** Not known to be out of stock. */
  | 'STOCK'
  /** An attribute value. */
  | 'VALUE'
  /** A word that titles must not have. */
  | 'WORD';

/** Items whose decisions of this reviewer are taken back. */
export type UndoReviewInput = {
  /** Keys of the items, at most 200. */
  readonly keys: ReadonlyArray<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** All that a catalogue says of a product; what is left out is taken away. */
export type UpsertProductInput = {
  /** Ids of products in the same catalogue. */
  readonly alsoBought?: ReadonlyArray<Scalars['String']['input']>;
  /** Ids of products in the same catalogue. */
  readonly alsoViewed?: ReadonlyArray<Scalars['String']['input']>;
  /** Its attribute values. */
  readonly attributes?: ReadonlyArray<AttributeInput>;
  /** Whether it can be had, such as “in stock”. */
  readonly availability?: InputMaybe<Scalars['String']['input']>;
  /** Ids of products in the same catalogue. */
  readonly boughtTogether?: ReadonlyArray<Scalars['String']['input']>;
  /** Name of its brand. */
  readonly brand?: InputMaybe<Scalars['String']['input']>;
  /** Its categories, each by the names from the root. */
  readonly categories?: ReadonlyArray<ReadonlyArray<Scalars['String']['input']>>;
  /** ISO 4217 code. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Description. */
  readonly description?: InputMaybe<Scalars['String']['input']>;
  /** Id of its group of variants. */
  readonly group?: InputMaybe<Scalars['String']['input']>;
  /** Title of that group. */
  readonly groupTitle?: InputMaybe<Scalars['String']['input']>;
  /** Global trade item numbers. */
  readonly gtins?: ReadonlyArray<Scalars['String']['input']>;
  /** Its id there. */
  readonly id: Scalars['String']['input'];
  /** Picture of it. */
  readonly imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** Its pictures, in their order. */
  readonly media?: ReadonlyArray<MediaInput>;
  /** The maker's number for it. */
  readonly mpn?: InputMaybe<Scalars['String']['input']>;
  /** Options that tell it from the other variants. */
  readonly options?: ReadonlyArray<OptionInput>;
  /** Price in `currency`. */
  readonly price?: InputMaybe<Scalars['Float']['input']>;
  /** Pieces in stock. */
  readonly quantity?: InputMaybe<Scalars['Int']['input']>;
  /** Reduced price in `currency`. */
  readonly salePrice?: InputMaybe<Scalars['Float']['input']>;
  /** The seller's number for it. */
  readonly sku?: InputMaybe<Scalars['String']['input']>;
  /** Last part of the address of its page. */
  readonly slug?: InputMaybe<Scalars['String']['input']>;
  /** Catalogue it is numbered in; lower case. */
  readonly source: Scalars['String']['input'];
  /** Title. */
  readonly title: Scalars['String']['input'];
  /** Page of the product. */
  readonly url?: InputMaybe<Scalars['String']['input']>;
};

/** Which product its catalogue no longer has. */
export type WithdrawProductInput = {
  /** Its id there. */
  readonly id: Scalars['String']['input'];
  /** Catalogue it is numbered in. */
  readonly source: Scalars['String']['input'];
};

/** A text to write. */
export type WriteContentInput = {
  /** For whom, in at most 200 characters. It decides which facts come first; words of gender, age and origin decide nothing. */
  readonly audience?: Scalars['String']['input'];
  /** What it is for. */
  readonly kind: ContentKind;
  /** `en` or `zh`. */
  readonly language?: Scalars['String']['input'];
  /** The product, one that is on sale. */
  readonly productKey: Scalars['String']['input'];
  /** How it speaks. */
  readonly tone?: Tone;
  /** Whether the language model of the server words it. What it says that no cited fact says does not go out: then the template's text does. */
  readonly useModel?: Scalars['Boolean']['input'];
  /** How many variants at most, 1 to 5. */
  readonly variants?: Scalars['Int']['input'];
};

/** A shopper's words on a product. */
export type WriteReviewInput = {
  /** Its id there. Null: a shopper has one review of a product, and a second one takes its place. */
  readonly id?: InputMaybe<Scalars['String']['input']>;
  /** The product. */
  readonly productKey: Scalars['String']['input'];
  /** Stars; this or a text is needed. */
  readonly rating?: InputMaybe<Scalars['Float']['input']>;
  /** Shop or site it was written in; lower case. */
  readonly source: Scalars['String']['input'];
  /** Plain text. */
  readonly text?: InputMaybe<Scalars['String']['input']>;
  /** When it was written, with a time zone; null for now. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
  /** Headline. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
  /** The writer's pseudonym, `user:<source>:<32 hexadecimal digits>`. */
  readonly userKey: Scalars['String']['input'];
  /** Whether the purchase was verified. */
  readonly verified?: InputMaybe<Scalars['Boolean']['input']>;
};

// Package dedup knows an entry again: inside its feed, and as a copy of an
// entry of another feed. It is pure: no clock, no files, no network.
//
// # Inside a feed
//
// Publishers put one guid on all their items, change guids weekly, flip http
// and https, and leave guids out. So no sign of an item is believed alone. An
// item has four signs: its guid, its address, its title and the time it was
// published. An entry is known again by any two of them; [Identify] makes a
// [feed.Key] of each pair, the strongest first, and [Resolve] finds which
// entries the items of a document are. A sign counts only if it can tell items
// apart:
//
//	sign       counts unless
//	guid       the feed has ever put one guid on two items of a document
//	address    it is no permalink (a homepage, a section), or several items of the document have it
//	title      it is empty
//	published  it is missing
//
//	rank  key                  known again although
//	1     guid and address     title and time were edited
//	2     guid and title       the address moved
//	3     guid and published   title and address were edited
//	4     address and title    the guid changed, and the time
//	5     guid                 only where fewer than two other signs count
//	6     address              only where no guid counts
//	7     address, published   guid and title changed
//	8     title, published     guid and address changed (a site moved); a time on the half hour,
//	                           which may be a mere date, only where neither guid nor address counts
//	9     title                only without guid and address, and where times are missing
//	                           or one and the same on all items (the time of the document)
//	10    all four             only where nothing above is left
//	11    all and the item     only where even these stand on several items
//
// A key that two items of a document share identifies neither and is left out.
// An item that repeats an earlier one of its document has no keys: skip it.
//
// One thing follows that may surprise: a guid that stays while address, title
// and time all change is a new entry, because publishers who put today's item
// under yesterday's guid are more common than those who edit everything, and a
// lost story is worse than a repeated one. Without an address and a time there
// is nothing to hold against a guid, and it stands alone (rank 5).
//
// # Across feeds
//
// [NewSketch] makes the compact fingerprint of an entry, and an [Index] holds those
// of a window of days. [Index.Assign] names the story that a new entry tells already,
// or the event that its own story belongs to, with evidence for people. The first
// answer of these counts:
//
//	level      joins                                          but not
//	reader     what the reader joined                         what the reader parted
//	same-url   an equal canonical address                     if it is no [Permalink]; if one feed shows several
//	                                                          articles under it (a live page) and this is another
//	                                                          one; if such a page has three titles (a hub); if it
//	                                                          has more than 16 titles
//	same-text  an equal text of 12 words, or of title and     inside one feed; if a feed has it under two titles
//	           text together within 36 hours                  (boilerplate), or again after half a day (a series);
//	                                                          if it is short and a title isn't about it
//	part       80 % of the shorter text in the other          where a veto forbids it, or the rest of the story is
//	near       the same in other words                        too far
//
// Near-copies are found in four steps. The words of title and lead become terms
// (scan.go, matter.go): folded, cut by the endings of their language, numbers by their
// value, pairs of characters in scripts without spaces. An inverted index (near.go,
// postings.go) on the rarest terms, those of the title and some runs of five words
// gives a few candidates, and looks at no more than a bounded number of postings. Each
// candidate is compared (pair.go, frame.go) in two dozen features, of which a linear
// model (weights.txt) makes points: one for copies and one for events, each for bare
// titles and for texts. And vetoes, each with a name (veto.go), keep apart what is
// cast in one mould: two titles or leads in step that have different numbers, days or
// names in each other's place, one publisher's series, boilerplate, another form, a
// denial. A match joins if it has the points together with the mean of its story's
// other members, so nothing chains; a story is in the event whose members it is
// nearest to. What was nearly joined is told as [feed.Apart].
//
// How much a term says depends on how many entries of the window have it (tally.go)
// and, while the window is young, on how common the word lists (words/) say it is:
// one file a language, with its function words, endings, numbers, days, negations,
// forms and boilerplate, for anyone to extend. No language is needed: without a list
// a text is compared all the same.
//
// The rules that protect the reader:
//
//   - Titles alone join nothing within one publisher (a feed, or a site).
//   - The index never merges two stories. An entry joins one story or founds one.
//   - How far a feed is folded is the reader's choice ([Index.Fold]), and the reader's
//     splits and joins bind ([Index.Bind]).
//   - A revised entry stays where it is; [Index.Revise] tells if it has drifted.
//   - The same stream gives the same answers, whether the index lived through it or
//     was restored on the way from what [Index.Place] gave to store.
//
// Two characters of a script without spaces count as a word.
//
// What is left to others: when to poll, what to do with an answer, and keeping
// keys and sketches, which is the store's.
package dedup

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
// [NewSketch] makes the compact fingerprint of an entry, and an [Index] holds
// those of a window of days, chained by canonical address ([CanonicalURL]) and
// by normalised text. [Index.Assign] names the story that a new entry tells
// already, with evidence for people:
//
//	equal in            joins, but not
//	canonical address   if it is no [Permalink]; if one feed shows several articles under it (a live
//	                    page) and this is another one; if such a page has three titles (a hub);
//	                    if it has more than 16 titles
//	text of 12 words    inside one feed; if a feed has it under two titles (boilerplate), or again
//	                    after half a day (a series)
//	title and text,     the same, and if they are more than 36 hours apart
//	together 12 words
//
// Equal titles alone join nothing. Among several stories that match, one whose
// match has the same title comes first, then the oldest. The index never merges
// two stories, and the same stream gives the same answers, whether the index
// lived through it or was restored on the way. Two characters of a script without
// spaces count as a word.
//
// What is left to others: when to poll, what to do with an answer, and keeping
// keys and sketches, which is the store's.
package dedup

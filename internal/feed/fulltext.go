package feed

import "time"

// FullText is the text of an entry as the page that it links to has it, for feeds that
// give teasers. It stands beside the publisher's own [Body] and never in its place, and
// what the machine knows of an entry (its copies, its event, its excerpt) comes from
// the feed alone, so that a story doesn't depend on whether a page could be had.
type FullText struct {
	Entry   uint64    // the entry's number
	URL     string    // where the page was, redirects followed
	Fetched time.Time // when it was last asked for, whatever came of it
	Revised time.Time // the entry's Revised then: a later one makes the text stale

	Title string // of the page, plain text
	Text  HTML   // sanitised, addresses absolute; empty where none was had yet
	Words int    // its length, counted as [Entry] Words
	Part  bool   // the page says that it is for subscribers: the text may be its beginning only

	// Validators of the page, byte for byte (RFC 9110 §8.8).
	ETag         string
	LastModified string

	// Why the last try brought nothing; Failure is empty if it did.
	Failure TextFailure
	Status  int       // HTTP status of the answer, 0 if there was none
	Error   string    // for people, with a hint
	Tries   int       // failures in a row
	Again   time.Time // when it is tried again by itself; zero: it isn't
}

// TextFailure is why no full text could be had.
type TextFailure string

// The reasons.
const (
	TextFine       TextFailure = ""
	TextRefused    TextFailure = "refused"    // 401, 403 or 451: not for programs like us
	TextPaid       TextFailure = "paid"       // 402, or the page says that it is for subscribers, and shows nothing
	TextMissing    TextFailure = "missing"    // 404 or 410
	TextNotHTML    TextFailure = "not html"   // a PDF, a picture, anything else
	TextUnreadable TextFailure = "unreadable" // a page without an article that could be told from the rest
	TextLess       TextFailure = "less"       // the page shows less than the feed
	TextTooLarge   TextFailure = "too large"
	TextBlocked    TextFailure = "blocked"    // an address that must not be dialled, or a bad redirect
	TextBusy       TextFailure = "busy"       // the site asks to be left alone
	TextFailed     TextFailure = "failed"     // network, timeout, 5xx
	TextNoAddress  TextFailure = "no address" // the entry has no page
)

// Stale reports whether an entry was revised since its full text was asked for.
func (t FullText) Stale(e Entry) bool { return e.Revised.After(t.Revised) }

// NewestTexts is how many of the newest entries of a feed get their full text by
// themselves, where [Subscription] FullText asks for that.
const NewestTexts = 20

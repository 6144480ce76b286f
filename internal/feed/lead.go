package feed

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// LeadRule is the rule by which the lead of a story is chosen, for people. It is
// [Lead] in words.
const LeadRule = "Of the copies of a story the one is shown that comes first by this rule: " +
	"one from a feed or folder that you prefer; then the original rather than a reprint; " +
	"then the full text rather than a teaser; then the earlier rather than the later."

// Preference is whether the reader wants to read stories in the words of a feed,
// or of the feeds of a folder, where they have the choice.
type Preference string

// The preferences. A feed's own overrules that of its folder, and a folder's that
// of the folder above.
const (
	PreferInherit Preference = ""       // as the folder above says; not preferred if none does
	Preferred     Preference = "first"  // its copies lead
	PreferNot     Preference = "normal" // its copies lead if the rest of the rule says so
)

// Preferences are all that the reader chose about leads.
type Preferences struct {
	Folders map[string]Preference
	Feeds   map[uint64]Preference
}

// For reports whether copies of a feed in a folder are preferred.
func (p Preferences) For(id uint64, folder string) bool {
	said := p.Feeds[id]
	for said == PreferInherit && folder != "" {
		said = p.Folders[folder]
		folder = folder[:max(strings.LastIndexByte(folder, '/'), 0)]
	}
	return said == Preferred
}

// Of is the preference that the reader chose for a scope itself.
func (p Preferences) Of(s Scope) Preference {
	if s.Feed != 0 {
		return p.Feeds[s.Feed]
	}
	return p.Folders[s.Folder]
}

// PreferencePrefix begins the names of the settings that keep preferences.
const PreferencePrefix = "lead/"

// Preference is the name of the setting that keeps the preference of a scope.
func (s Scope) Preference() string {
	if s.Feed != 0 {
		return PreferencePrefix + "feed/" + strconv.FormatUint(s.Feed, 10)
	}
	return PreferencePrefix + "folder/" + s.Folder
}

// ReadPreferences reads the settings whose names begin with [PreferencePrefix].
// What can't be read is left out.
func ReadPreferences(settings map[string][]byte) Preferences {
	p := Preferences{Folders: map[string]Preference{}, Feeds: map[uint64]Preference{}}
	for name, value := range settings {
		if id, ok := strings.CutPrefix(name, PreferencePrefix+"feed/"); ok {
			if n, err := strconv.ParseUint(id, 10, 64); err == nil {
				p.Feeds[n] = Preference(value)
			}
		} else if folder, ok := strings.CutPrefix(name, PreferencePrefix+"folder/"); ok {
			p.Folders[folder] = Preference(value)
		}
	}
	return p
}

// Candidate is an entry that may lead its story.
type Candidate struct {
	Entry     Entry
	Outlet    Outlet
	Preferred bool // the reader prefers its feed
}

// LeadReason is why an entry leads its story: the first part of the rule that put it
// before the next best.
type LeadReason string

// The reasons.
const (
	LeadAlone     LeadReason = "alone"     // nothing else tells the story
	LeadPreferred LeadReason = "preferred" // its feed or folder is preferred
	LeadOriginal  LeadReason = "original"  // the others are reprints
	LeadFull      LeadReason = "full"      // the others are teasers
	LeadEarlier   LeadReason = "earlier"   // the others are later
)

// Lead chooses the entry that stands for a story, by [LeadRule], and says why. The
// order of the candidates doesn't matter; there is at least one.
//
// A copy is a reprint if it names another feed as its source, or if it lies neither
// on the site nor beside the feed of its outlet. It is a teaser if it has less than
// half the words of the longest. Its time is when it was published, if that was
// before it was first seen, else when that was; of two of one time the first to
// arrive is the earlier.
func Lead(cs []Candidate) (entry uint64, why LeadReason) {
	longest := 0
	for _, c := range cs {
		longest = max(longest, c.Entry.Words)
	}
	best, second := newRank(cs[0], longest), rank{}
	for i, c := range cs[1:] {
		r := newRank(c, longest)
		if order, _ := r.before(best); order < 0 {
			r, best = best, r
		}
		if order, _ := r.before(second); i == 0 || order < 0 {
			second = r
		}
	}
	if len(cs) == 1 {
		return best.entry, LeadAlone
	}
	_, why = best.before(second)
	return best.entry, why
}

// rank is what the rule looks at.
type rank struct {
	entry                     uint64
	ordinary, reprint, teaser bool
	at                        time.Time
}

func newRank(c Candidate, longest int) rank {
	e := &c.Entry
	return rank{entry: e.ID, ordinary: !c.Preferred, reprint: reprinted(c), teaser: e.Words*2 < longest, at: e.Appeared()}
}

// before compares two ranks, and names the part of the rule that told them apart.
func (r rank) before(o rank) (int, LeadReason) {
	switch {
	case r.ordinary != o.ordinary:
		return sign(o.ordinary), LeadPreferred
	case r.reprint != o.reprint:
		return sign(o.reprint), LeadOriginal
	case r.teaser != o.teaser:
		return sign(o.teaser), LeadFull
	}
	return cmp.Or(r.at.Compare(o.at), cmp.Compare(r.entry, o.entry)), LeadEarlier
}

// sign is -1 where the other one has the fault.
func sign(others bool) int {
	if others {
		return -1
	}
	return 1
}

// reprinted reports whether a copy says, or shows by its address, that it was
// published elsewhere first.
func reprinted(c Candidate) bool {
	site, own := host(c.Outlet.SiteURL), host(c.Outlet.URL)
	if from := host(c.Entry.Source.Link); from != "" && !related(from, site) && !related(from, own) {
		return true
	}
	at := host(c.Entry.URL)
	return at != "" && site != "" && !related(at, site) && !related(at, own)
}

// host is the host of an address without "www."; empty if it has none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// related reports whether one host is the other, or below it.
func related(a, b string) bool {
	return a != "" && b != "" && (a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a))
}

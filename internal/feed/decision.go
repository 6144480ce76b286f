package feed

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DecisionKind is what the reader decided.
type DecisionKind string

// The kinds of decisions.
const (
	Split DecisionKind = "split" // "not the same story"
	Join  DecisionKind = "join"  // "same story as …"
)

// Decision is the reader's last word on a story. It is a fact: it binds the
// engine for its entries for ever, until it is undone.
type Decision struct {
	ID   uint64 // ascending
	Kind DecisionKind
	At   time.Time

	// Entries moved from the story From to the story To. A split founds To with
	// them, or takes the oldest to be found again; a join dissolves From.
	Entries  []uint64
	From, To uint64

	// Others are the entries that they were parted from or joined with.
	Others []uint64
}

// Binding is what the decisions in force say of two entries.
type Binding struct {
	A, B uint64
	Same bool // they tell one story; else they tell two
}

// Bindings gives each pair of entries that decisions bind, the later decision
// overruling the earlier one. A is less than B. The order is that of A, then B.
func Bindings(ds []Decision) []Binding {
	last := map[[2]uint64]bool{}
	for _, d := range ds {
		for _, a := range d.Entries {
			for _, b := range d.Others {
				if a != b {
					last[[2]uint64{min(a, b), max(a, b)}] = d.Kind == Join
				}
			}
		}
	}
	bs := make([]Binding, 0, len(last))
	for p, same := range last {
		bs = append(bs, Binding{A: p[0], B: p[1], Same: same})
	}
	slices.SortFunc(bs, func(x, y Binding) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return bs
}

// Folding is how far copies of a feed's entries are folded into one story.
type Folding string

// The foldings, from none to all. The less of two feeds' foldings decides about
// a pair of entries.
const (
	FoldInherit Folding = ""       // as the folder above, or the global rule, says
	FoldOff     Folding = "off"    // each entry is a story of its own
	FoldExact   Folding = "exact"  // same address and same text only
	FoldCopies  Folding = "copies" // near-copies as well: the default
)

// Rule is what the reader chose for one feed, one folder, or all. Its zero value
// leaves both to the rule above.
type Rule struct {
	Fold   Folding `json:"fold,omitempty"`
	Events string  `json:"events,omitempty"` // whether related coverage is shown: "on", "off" or "" for the rule above
}

// Ruleset is all that the reader chose about folding.
type Ruleset struct {
	Global  Rule
	Folders map[string]Rule
	Feeds   map[uint64]Rule
}

// For gives the rule in force for a feed in a folder: its own, else that of the
// nearest folder above it, else the global one, else copies with events.
func (r Ruleset) For(id uint64, folder string) Rule {
	rule := r.Feeds[id]
	for f := folder; f != ""; {
		rule = rule.or(r.Folders[f])
		i := strings.LastIndexByte(f, '/')
		if i < 0 {
			break
		}
		f = f[:i]
	}
	return rule.or(r.Global).or(Rule{Fold: FoldCopies, Events: "on"})
}

// Of is the rule that the reader chose for a scope itself; zero for none.
func (r Ruleset) Of(s Scope) Rule {
	switch {
	case s.Feed != 0:
		return r.Feeds[s.Feed]
	case s.Folder != "":
		return r.Folders[s.Folder]
	}
	return r.Global
}

func (r Rule) or(above Rule) Rule {
	if r.Fold == FoldInherit {
		r.Fold = above.Fold
	}
	if r.Events == "" {
		r.Events = above.Events
	}
	return r
}

// Regrouped says where a rebuild puts an entry.
type Regrouped struct {
	Entry    uint64
	Story    uint64 // may be new
	Event    uint64 // of the story; 0: its own
	URN      string // of the story, where it is new
	Verdict  Verdict
	Relation Relation // of the story, where the entry founds it
	Sketch   []byte
}

// Rebuilt reports what a rebuild of the stories changed.
type Rebuilt struct {
	Entries int // looked at
	Stories int // afterwards, of these entries
	Joined  int // entries that are in a story with others now and weren't
	Parted  int // entries that were in a story with others and aren't now
	Moved   int // entries that went from one story to another, these included
	Events  int // stories whose event changed
}

// Scope is what a [Rule] is for: a feed, a folder, or everything, which is the
// zero Scope.
type Scope struct {
	Feed   uint64
	Folder string
}

// rulePrefix begins the names of the settings that keep rules.
const rulePrefix = "fold"

// Setting is the name under which the scope's rule is kept, as JSON.
func (s Scope) Setting() string {
	switch {
	case s.Feed != 0:
		return rulePrefix + "/feed/" + strconv.FormatUint(s.Feed, 10)
	case s.Folder != "":
		return rulePrefix + "/folder/" + s.Folder
	}
	return rulePrefix
}

// Rules reads all rules from the settings whose names begin with "fold". What
// can't be read is left out.
func Rules(settings map[string][]byte) Ruleset {
	r := Ruleset{Folders: map[string]Rule{}, Feeds: map[uint64]Rule{}}
	for name, value := range settings {
		var rule Rule
		if json.Unmarshal(value, &rule) != nil {
			continue
		}
		if name == rulePrefix {
			r.Global = rule
		} else if id, ok := strings.CutPrefix(name, rulePrefix+"/feed/"); ok {
			if n, err := strconv.ParseUint(id, 10, 64); err == nil {
				r.Feeds[n] = rule
			}
		} else if folder, ok := strings.CutPrefix(name, rulePrefix+"/folder/"); ok {
			r.Folders[folder] = rule
		}
	}
	return r
}

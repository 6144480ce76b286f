package feed

import (
	"testing"
	"time"
)

func TestLead(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	agency := Outlet{Feed: 1, URL: "https://feeds.agency.example/all", SiteURL: "https://www.agency.example/"}
	planet := Outlet{Feed: 2, URL: "https://planet.example/feed", SiteURL: "https://planet.example/"}
	nameless := Outlet{Feed: 3, URL: "https://feedhost.example/x"}
	entry := func(id uint64, at int, url string) Entry {
		e := Entry{ID: id, URL: url, Words: 400, Published: noon.Add(time.Duration(at) * time.Minute), Seen: noon.Add(time.Hour)}
		return e
	}
	with := func(c Candidate, change func(*Candidate)) Candidate { change(&c); return c }
	own := Candidate{Entry: entry(7, 30, "https://agency.example/a"), Outlet: agency}
	reprint := Candidate{Entry: entry(1, 0, "https://agency.example/a"), Outlet: planet}
	for _, tt := range []struct {
		name string
		cs   []Candidate
		want uint64
		why  LeadReason
	}{
		{"alone", []Candidate{reprint}, 1, LeadAlone},
		{"the original, though it is later", []Candidate{reprint, own}, 7, LeadOriginal},
		{"a copy that names its source is a reprint", []Candidate{own, with(own, func(c *Candidate) {
			c.Entry.ID, c.Entry.Published, c.Entry.Source.Link = 2, noon, "https://other.example/"
		})}, 7, LeadOriginal},
		{"naming itself as its source is no reprint", []Candidate{own, with(own, func(c *Candidate) {
			c.Entry.ID, c.Entry.Published, c.Entry.Source.Link = 2, noon, "https://news.agency.example/"
		})}, 2, LeadEarlier},
		{"of a feed without a site nothing is known", []Candidate{own, {Entry: entry(3, 0, "https://blog.example/a"), Outlet: nameless}}, 3, LeadEarlier},
		{"a preferred reprint", []Candidate{own, with(reprint, func(c *Candidate) { c.Preferred = true })}, 1, LeadPreferred},
		{"two preferred ones: the rest of the rule", []Candidate{with(own, func(c *Candidate) { c.Preferred = true }), with(reprint, func(c *Candidate) { c.Preferred = true })}, 7, LeadOriginal},
		{"full text, though it is later", []Candidate{own, with(own, func(c *Candidate) { c.Entry.ID, c.Entry.Words, c.Entry.Published = 2, 199, noon })}, 7, LeadFull},
		{"half the words are no teaser", []Candidate{own, with(own, func(c *Candidate) { c.Entry.ID, c.Entry.Words, c.Entry.Published = 2, 200, noon })}, 2, LeadEarlier},
		{"a date of the future counts as the arrival", []Candidate{own, with(own, func(c *Candidate) { c.Entry.ID, c.Entry.Published = 2, noon.Add(999*time.Hour) })}, 7, LeadEarlier},
		{"no date", []Candidate{own, with(own, func(c *Candidate) { c.Entry.ID, c.Entry.Published = 2, time.Time{} })}, 7, LeadEarlier},
		{"equal in all: the first to arrive", []Candidate{own, with(own, func(c *Candidate) { c.Entry.ID = 5 })}, 5, LeadEarlier},
	} {
		for range tt.cs { // the order doesn't matter
			if got, why := Lead(tt.cs); got != tt.want || why != tt.why {
				t.Errorf("%s: entry %d leads (%s), want %d (%s)", tt.name, got, why, tt.want, tt.why)
			}
			tt.cs = append(tt.cs[1:], tt.cs[0])
		}
	}
}

func TestPreferences(t *testing.T) {
	p := ReadPreferences(map[string][]byte{
		Scope{Folder: "News"}.Preference(): []byte(Preferred), Scope{Folder: "News/Sport"}.Preference(): []byte(PreferNot),
		Scope{Feed: 7}.Preference(): []byte(Preferred), Scope{Feed: 8}.Preference(): []byte(PreferNot), "lead/feed/x": []byte(Preferred),
	})
	for _, tt := range []struct {
		id     uint64
		folder string
		want   bool
	}{
		{1, "News", true}, {1, "News/World/Asia", true}, {1, "News/Sport", false}, {1, "News/Sport/Ball", false}, {1, "", false}, {1, "Other", false},
		{7, "News/Sport", true}, {7, "", true}, {8, "News", false}, {0, "News", true},
	} {
		if got := p.For(tt.id, tt.folder); got != tt.want {
			t.Errorf("feed %d in %q is preferred: %v", tt.id, tt.folder, got)
		}
	}
	if p.Of(Scope{Feed: 8}) != PreferNot || p.Of(Scope{Folder: "News"}) != Preferred || p.Of(Scope{Folder: "News/World"}) != PreferInherit {
		t.Error("a scope's own preference is another")
	}
}

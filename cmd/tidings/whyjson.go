package main

import "tidings/internal/feed"

type storyJSON struct {
	Story     uint64         `json:"story"`
	URN       string         `json:"urn"`
	Title     string         `json:"title"`
	Time      string         `json:"time"`
	Event     uint64         `json:"event"`
	Sources   []sourceJSON   `json:"sources"`
	Related   []relatedJSON  `json:"related"`
	Decisions []decisionJSON `json:"decisions"`
}

type sourceJSON struct {
	Entry     uint64      `json:"entry"`
	Feed      string      `json:"feed"`
	Outlet    string      `json:"outlet"`
	Title     string      `json:"title"`
	URL       string      `json:"url"`
	Published string      `json:"published"`
	Seen      string      `json:"seen"`
	Level     string      `json:"level"`
	Of        uint64      `json:"of,omitempty"`
	Score     float64     `json:"score"`
	Need      float64     `json:"need,omitempty"`
	Evidence  string      `json:"evidence"`
	Apart     []apartJSON `json:"apart,omitempty"`
	Drifted   bool        `json:"drifted,omitempty"`
	Drift     string      `json:"drift,omitempty"`
}

type apartJSON struct {
	Of       uint64  `json:"of"`
	Story    uint64  `json:"story"`
	Score    float64 `json:"score"`
	Need     float64 `json:"need,omitempty"`
	Veto     string  `json:"veto,omitempty"`
	Evidence string  `json:"evidence"`
}

type relatedJSON struct {
	Story    uint64  `json:"story"`
	Title    string  `json:"title"`
	Outlet   string  `json:"outlet"`
	Of       uint64  `json:"of,omitempty"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
}

func shownStory(f feed.Full, ds []feed.Decision) storyJSON {
	s := storyJSON{Story: f.ID, URN: f.URN, Title: f.Entry.Title, Time: stamp(f.Time), Event: f.Story.Event,
		Sources: []sourceJSON{}, Related: []relatedJSON{}, Decisions: []decisionJSON{}}
	for _, m := range f.Members {
		s.Sources = append(s.Sources, shownSource(m))
	}
	for _, r := range f.Event {
		s.Related = append(s.Related, relatedJSON{r.Headline.ID, r.Headline.Entry.Title, r.Headline.Outlet.Title, r.Relation.Of, r.Relation.Score, r.Relation.Evidence})
	}
	for _, d := range about(ds, f) {
		s.Decisions = append(s.Decisions, shownDecision(d))
	}
	return s
}

func shownSource(m feed.Member) sourceJSON {
	v := m.Verdict
	s := sourceJSON{Entry: m.Entry.ID, Feed: masked(m.Outlet.URL), Outlet: m.Outlet.Title, Title: m.Entry.Title, URL: m.Entry.URL,
		Published: stamp(m.Entry.Published), Seen: stamp(m.Entry.Seen), Level: string(v.Level), Of: v.Of, Score: v.Score, Need: v.Need,
		Evidence: v.Evidence, Drifted: v.Drifted, Drift: v.Drift}
	for _, a := range v.Apart {
		s.Apart = append(s.Apart, shownApart(a))
	}
	return s
}

func shownApart(a feed.Apart) apartJSON {
	return apartJSON{a.Of, a.Story, a.Score, a.Need, a.Veto, a.Evidence}
}

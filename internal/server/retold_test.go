package server

import (
	"fmt"
	"testing"
	"time"

	"tidings/internal/feed"
)

// The stories of a harbour strike, as an engine that folds near-copies places them.
const (
	ferries = 1970 // another strike in the same port: kept apart from the founder
	preview = 1980 // the day before; the event's first story
	retold  = 2000 // told by seven sources
	harrow  = 2005 // another port: kept apart from a rewrite
	sequel  = 2010 // the day after
	chiefs  = 2020 // a reaction
)

// told is a story with one source, for the world of the strike.
func told(id, feedID uint64, title, excerpt string, at time.Time) feed.Full {
	x := outlets()[feedID-1]
	e := feed.Entry{
		Feed: feedID, Title: title, Excerpt: excerpt, Language: x.State.Language, Published: at, Seen: at, Words: 400,
		URL: fmt.Sprintf("https://outlet%d.example/strike/%d.html", feedID, id),
	}
	return feed.Full{
		Headline: feed.Headline{Story: feed.Story{ID: id, URN: fmt.Sprintf("urn:uuid:00000000-0000-5000-8000-%012d", id), Time: at}},
		Members: []feed.Member{{Entry: e, Outlet: feed.Outlet{Feed: feedID, Title: x.Name()},
			Body: feed.Body{Content: feed.HTML("<p>" + excerpt + "</p>")}}},
	}
}

// and adds a copy of another source.
func and(f feed.Full, feedID uint64, title string, words int, v feed.Verdict) feed.Full {
	x := told(f.ID, feedID, title, f.Members[0].Entry.Excerpt, f.Time.Add(time.Duration(len(f.Members))*25*time.Minute))
	m := x.Members[0]
	m.Entry.Words, v.Of = words, 1
	m.Verdict = v
	f.Members = append(f.Members, m)
	return f
}

// strike tells the stories of the strike.
func (w *world) strike(t testing.TB, now time.Time) {
	t.Helper()
	at := now.Add(-26 * time.Hour).Truncate(time.Second)
	later := func(h int) time.Time { return at.Add(time.Duration(h) * time.Hour) }
	const title = "Dockworkers at Port Elsin call off strike after overnight deal"
	f := told(retold, 1, title, "Dockworkers at Port Elsin called off their strike early on Tuesday after eleven hours of talks, ending a stoppage that had left forty ships waiting in the roads.", at)
	f.Members[0].Verdict.Apart = []feed.Apart{{Story: ferries, Score: 5.2, Need: 6.1, Evidence: "kept apart: 5.2 against 6.1; both name Port Elsin and a strike, but ferries stand against docks"}}
	f = and(f, 2, title, 400, feed.Verdict{Level: feed.LevelSameText, Score: 1, Evidence: "Same text, 400 words, 25 minutes apart"})
	f = and(f, 8, "码头罢工结束", 400, feed.Verdict{Level: feed.LevelSameURL, Score: 1, Evidence: "Same address: outlet1.example/strike/2000.html, 50 minutes apart"})
	f = and(f, 3, "Port Elsin strike is over", 60, feed.Verdict{Level: feed.LevelPart, Score: .92, Evidence: "92 % of the shorter text, both name Elsin and dockworkers, 1 hour apart"})
	f = and(f, 5, "Forty ships, eleven hours: how the docks <b>reopened</b>", 420, feed.Verdict{Level: feed.LevelNear, Score: 8.4, Need: 6.1, Evidence: "both name Port Elsin, the dockworkers and eleven hours of talks, 2 hours apart",
		Apart: []feed.Apart{
			{Story: harrow, Score: 4.8, Need: 6.1, Evidence: "kept apart: 4.8 against 6.1"},
			{Story: 1, Score: 7, Need: 6.1, Veto: "numbers"},
		}})
	f = and(f, 6, "Hafenarbeiter in Port Elsin beenden Streik", 380, feed.Verdict{Level: feed.LevelNear, Score: 6.6, Need: 6.1, Evidence: "both name Port Elsin, 40 and 11, 2 hours apart",
		Drifted: true, Drift: "2.9 against 6.1 with its new text, which is about the price of bananas"})
	f = and(f, 4, "عمال ميناء إلسن ينهون الإضراب بعد اتفاق ليلي", 200, feed.Verdict{Level: feed.LevelReader, Evidence: "You said that it is the same story"})
	f.Story.Event = preview
	fulls := []feed.Full{
		told(ferries, 2, "Ferry crews at Port Elsin call off strike", "A different dispute, a year older.", later(-30)),
		told(preview, 3, "Port Elsin braces for strike as talks stall", "Forty ships may have to wait.", later(-20)),
		f,
		told(harrow, 2, "Dockworkers at Port Harrow vote to strike", "Three hundred miles north.", later(3)),
		told(sequel, 1, "First ships unload at Port Elsin as backlog clears", "It will take a week.", later(9)),
		told(chiefs, 4, "رئيسة النقابة: الاتفاق نصر للعمال", "قالت رئيسة النقابة إن الاتفاق نصر.", later(20)),
	}
	fulls[4].Story.Event, fulls[5].Story.Event = preview, preview
	w.store.relations = map[uint64]feed.Relation{
		retold: {Score: 3.4, Evidence: "both are about Port Elsin and the strike, 20 hours apart"},
		sequel: {Score: 3.9, Evidence: "both are about Port Elsin, ships and the strike, 9 hours apart"},
		chiefs: {Score: 2.7, Evidence: "كلاهما يذكر Port Elsin, 11 hours apart"},
	}
	for _, x := range fulls {
		w.store.tell(t, x)
	}
}

// entryOf is the number of the copy that a feed has of a story.
func (w *world) entryOf(t testing.TB, story, feedID uint64) uint64 {
	t.Helper()
	full, err := w.store.Story(t.Context(), story)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range full.Members {
		if m.Entry.Feed == feedID {
			return m.Entry.ID
		}
	}
	t.Fatalf("feed %d doesn't tell story %d", feedID, story)
	return 0
}

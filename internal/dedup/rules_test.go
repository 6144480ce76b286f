package dedup

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	owls   = "An owl that had lived in the attic of the Quill Street reading room since spring was carried out by firefighters and set free."
	goals  = "Haverly Rovers came back from two down to draw with Nettlefold in the rain, and their keeper was sent off near the end."
	recipe = "Fry the leeks slowly in butter, add barley and stock, and leave the pot alone for forty minutes before you taste it."
	notes  = "The show about the sea, every hour. Our hosts look at the tides, the wind and the boats, and read your letters."
)

// What protects the reader of one publisher's feeds: items that differ in the one
// thing that tells them apart are not folded, whatever else they share. The story of
// each item is given, as in TestAssign.
func TestOnePublisher(t *testing.T) {
	const (
		h  = time.Hour
		at = "https://www.courier.example/2026/"
		by = "https://sport.courier.example/2026/" // the same site
		of = "https://marrow.example/2026/"
	)
	for _, c := range []struct {
		name string
		as   []arrival
		want string
	}{
		{"titles alone, same feed", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {1, h, at + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, same feed, no addresses", []arrival{{1, 0, "", "Marrow council approves the Tarn bridge", ""}, {1, h, "", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, two feeds of one site", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, by + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, two sites", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, of + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 1"},
		{"one title over other texts, same feed", []arrival{{1, 0, at + "a1", "Letters to the editor", goals}, {1, h, at + "a2", "Letters to the editor", recipe}}, "1 2"},
		{"one title over other texts, same site", []arrival{{1, 0, at + "a1", "Letters to the editor", goals}, {2, h, by + "a2", "Letters to the editor", recipe}}, "1 2"},
		{"one word as title over other texts, one address", []arrival{{1, 0, at + "live-1", "Live", wire}, {1, h, at + "live-1", "Live", joke}}, "1 2"},
		{"show notes under two titles", []arrival{{1, 0, at + "a1", "Herring at dawn", notes}, {1, h, at + "a2", "Gales and letters", notes}}, "1 2"},
		{"show notes under one title, every hour", []arrival{{1, 0, at + "a1", "The sea, hourly", notes}, {1, h, at + "a2", "The sea, hourly", notes}}, "1 2"},
		{"show notes under one title, the next day", []arrival{{1, 0, at + "a1", "The sea, daily", notes}, {1, 24 * h, at + "a2", "The sea, daily", notes}}, "1 2"},
		{"the next of a series, by number", []arrival{{1, 0, at + "a1", "Reading the tide tables, part 3", notes}, {1, 24 * h, at + "a2", "Reading the tide tables, part 4", notes}}, "1 2"},
		{"show notes by way of another feed", []arrival{{1, 0, at + "a1", "Herring at dawn", notes}, {2, h, of + "a1", "Herring at dawn", notes}, {1, 2 * h, at + "a2", "Gales and letters", notes}}, "1 1 3"},
		{"titles alone, but another feed tells it too", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, of + "a1", "Marrow council approves the Tarn bridge", ""}, {1, 2 * h, at + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 1 1"},
		{"told again with a correction", []arrival{{1, 0, at + "a1", "Council of Marrow passes its budget", wire}, {1, h, at + "a2", "Council of Marrow passes its budget", strings.Replace(wire, "opens a bridge", "opens a new bridge", 1)}}, "1 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stories, verdicts := tell(c.as)
			if got := strings.Trim(fmt.Sprint(stories), "[]"); got != c.want {
				t.Errorf("stories %s, want %s\n%+v", got, c.want, verdicts)
			}
			for i, v := range verdicts {
				checkVerdict(t, uint64(i+1), stories, v)
			}
		})
	}
}

package measure

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestAnItemIsReadAsPeopleWriteIt(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]Item{
		`{"id":"a","title":"Fog"}`:                                              {ID: "a", Title: "Fog"},
		`{"id":7,"feed":null,"source":"Reed","title":" Fog \n bank "}`:          {ID: "7", Feed: "Reed", Title: "Fog bank"},
		`{"id":"a","time":1767268800}`:                                          {ID: "a", Time: noon},
		`{"id":"a","time":1767268800.25}`:                                       {ID: "a", Time: noon},
		`{"id":"a","time":"1767268800"}`:                                        {ID: "a", Time: noon},
		`{"id":"a","time":"2026-01-01T13:00:00+01:00"}`:                         {ID: "a", Time: noon},
		`{"id":"a","time":""}`:                                                  {ID: "a"},
		`{"id":"a","time":null}`:                                                {ID: "a"},
		`{"id":"a","summary":"the longer text","content":"short"}`:              {ID: "a", Text: "the longer text"},
		`{"id":"a","summary":"teaser","text":"the whole text","lang":"en"}`:     {ID: "a", Text: "the whole text", Lang: "en"},
		`{"id":"a","feed":"Reed","source":"Wire","url":" http://a.example/x "}`: {ID: "a", Feed: "Reed", URL: "http://a.example/x"},
	} {
		got, err := ReadItem([]byte(in), nil)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{``, `[]`, `{"id":"a"`, `{"id":"a","time":"yesterday"}`, `{"id":{}}`, `{"id":"a","title":3}`} {
		if it, err := ReadItem([]byte(in), nil); err == nil {
			t.Errorf("%s: want an error, got %+v", in, it)
		}
	}
}

func TestAnItemIsWrittenAsItIsRead(t *testing.T) {
	want := Item{ID: "a", Feed: "Reed", Time: time.Unix(1767268800, 0).UTC(), Title: "Fog", URL: "http://a.example/x", Text: "A fog bank.", Lang: "en"}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadItem(b, nil); err != nil || got != want {
		t.Errorf("%s: got %+v, %v", b, got, err)
	}
}

func TestTextsBecomePlain(t *testing.T) {
	got, err := ReadItem([]byte(`{"id":"a","title":"<b>Fog","content":"<p>bank","summary":"<i>"}`), func(s string) string { return strings.TrimLeft(s, "<bpi>") })
	if err != nil || got.Title != "Fog" || got.Text != "ank" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAPairIsTwoItems(t *testing.T) {
	p, err := ReadPair([]byte(`{"id":3,"a":{"id":"x","title":"Fog"},"b":{"id":"y","title":"Rain"}}`), nil)
	if err != nil || p.ID != "3" || p.A.Title != "Fog" || p.B.Title != "Rain" {
		t.Errorf("got %+v, %v", p, err)
	}
	for _, in := range []string{`{"id":3,"a":{"id":"x"}}`, `{"a":{"id":"x"},"b":[]}`, `{"a":4,"b":{}}`, `nonsense`} {
		if _, err := ReadPair([]byte(in), nil); err == nil {
			t.Errorf("%s: want an error", in)
		}
	}
}

const ferry = "A ferry with ninety people on board ran aground in fog off Lund Point early on Thursday, the coast guard said."

func TestJudgeTakesItemsWithoutTimeOrFeed(t *testing.T) {
	at := time.Unix(1767268800, 0)
	for name, p := range map[string][2]Item{
		"neither has":    {{Title: "Fog stops a ferry", Text: ferry}, {Title: "Ferry aground", Text: ferry}},
		"one has a time": {{Title: "Fog stops a ferry", Text: ferry, Time: at}, {Title: "Ferry aground", Text: ferry}},
		"two feeds":      {{Title: "Fog stops a ferry", Text: ferry, Feed: "a"}, {Title: "Ferry aground", Text: ferry, Feed: "b"}},
	} {
		if j := Judge(p[0], p[1]); j.Verdict != "copy" {
			t.Errorf("%s: judged %+v, want a copy", name, j)
		}
	}
	a, b := Item{Title: "Tide table", Text: ferry, Feed: "a"}, Item{Title: "Notices to sailors", Text: ferry, Feed: "a"}
	if j := Judge(a, b); j.Verdict == "copy" {
		t.Errorf("one feed's boilerplate under two titles is judged %+v", j)
	}
}

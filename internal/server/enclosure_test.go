package server

import (
	"testing"
	"time"

	"tidings/internal/feed"
)

func TestEnclosuresSayWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		in   feed.Enclosure
		want enclosure
	}{
		{feed.Enclosure{URL: "https://a.example/ep%201.mp3?x=1", Type: "audio/mpeg", Length: 5 << 20, Duration: 3723 * time.Second},
			enclosure{URL: "https://a.example/ep%201.mp3?x=1", Kind: "audio", Type: "audio/mpeg", Name: "ep 1.mp3", Label: "Audio: ep 1.mp3", Length: "1:02:03", Size: "5.0 MB"}},
		{feed.Enclosure{URL: "https://a.example/film.webm", Duration: 65 * time.Second},
			enclosure{URL: "https://a.example/film.webm", Kind: "video", Name: "film.webm", Label: "Video: film.webm", Length: "1:05"}},
		{feed.Enclosure{URL: "https://a.example/song.OGG", Type: "application/octet-stream"},
			enclosure{URL: "https://a.example/song.OGG", Kind: "audio", Type: "application/octet-stream", Name: "song.OGG", Label: "Audio: song.OGG"}},
		{feed.Enclosure{URL: "https://a.example/paper.mp3", Type: "application/pdf", Duration: time.Hour},
			enclosure{URL: "https://a.example/paper.mp3", Kind: "file", Type: "application/pdf", Name: "paper.mp3"}},
	} {
		if got := newEnclosures(nil, []feed.Enclosure{c.in}); len(got) != 1 || got[0] != c.want {
			t.Errorf("%+v\n = %+v\nnot %+v", c.in, got, c.want)
		}
	}
	for _, not := range []feed.Enclosure{{URL: "javascript:alert(1)", Type: "audio/mpeg"}, {URL: "https://a.example/p.png", Type: "image/png"}} {
		if got := newEnclosures(nil, []feed.Enclosure{not}); got != nil {
			t.Errorf("%+v is shown: %+v", not, got)
		}
	}
}

func TestPlayersAskForNothingBeforeSomebodyPlays(t *testing.T) {
	w := newWorld(t, 0, nil)
	f := told(4200, 1, "Episode 7", "Of mills.", time.Now())
	f.Members[0].Entry.Enclosures = []feed.Enclosure{
		{URL: "https://cdn.example/7.mp3", Type: "audio/mpeg", Length: 9 << 20, Duration: time.Hour}, {URL: "https://cdn.example/7.mp4", Type: "video/mp4"},
		{URL: "https://cdn.example/7.pdf", Type: "application/pdf", Length: 2000},
	}
	w.store.tell(t, f)
	a := w.get(t, "/story/4200").status(200)
	checkPage(a)
	p := a.page()
	players := append(p.find(".enclosure audio"), p.find(".enclosure video")...)
	if len(players) != 2 || len(p.find(".enclosure")) != 3 {
		t.Fatalf("%d players of %d enclosures, want 2 of 3", len(players), len(p.find(".enclosure")))
	}
	for _, x := range players {
		if x.attr("preload") != "none" || !x.has("controls") || x.attr("aria-label") == "" || x.has("autoplay") || x.has("poster") {
			t.Errorf("player %s", x.attrs())
		}
	}
	if got, want := p.find(".enclosure")[0].text(), "7.mp3 1:00:00 audio/mpeg 9.0 MB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAVideoOfAPlatformIsAPictureAndALink(t *testing.T) {
	w := newWorld(t, 0, nil)
	f := told(4300, 1, "How a mill works", "A film.", time.Now())
	e := &f.Members[0].Entry
	e.URL, e.Image = "https://www.youtube.com/watch?v=abc", "https://i.ytimg.example/abc.jpg"
	still := told(4301, 2, "A mill", "A note.", time.Now())
	still.Members[0].Entry.Image = "https://a.example/mill.jpg"
	w.store.tell(t, still, f)
	a := w.get(t, "/story/4300").status(200)
	checkPage(a)
	p := a.page()
	link := p.find(".lead-picture a")[0]
	if link.attr("href") != e.URL || link.attr("aria-label") != "Watch it at youtube.com" || len(p.find("iframe")) != 0 || len(p.find(".lead-picture img")) != 1 {
		t.Errorf("the picture: %s", link.attrs())
	}
	a = w.get(t, "/story/4301").status(200)
	if got := a.one(a.page(), ".lead-picture a"); got.attr("class") != "large" || got.attr("href") == "" {
		t.Errorf("a picture that isn't in the text: %s", got.attrs())
	}
}

func TestSharing(t *testing.T) {
	s := newShare("Ärger & “Mühlen”", "https://a.example/?a=1&b=2")
	if want := "mailto:?subject=%C3%84rger%20%26%20%E2%80%9CM%C3%BChlen%E2%80%9D&body=https%3A%2F%2Fa.example%2F%3Fa%3D1%26b%3D2"; string(s.Mail) != want {
		t.Errorf("mail %s, want %s", s.Mail, want)
	}
	if newShare("x", "javascript:alert(1)") != nil {
		t.Error("something without a page is shared")
	}
	w := newWorld(t, 0, nil)
	w.teaser(t)
	a := w.get(t, "/story/4100").status(200)
	p := a.page()
	for _, b := range p.find(".share button") {
		if !b.has("hidden") {
			t.Errorf("without a script there is a button that does nothing: %s", b.attrs())
		}
	}
	if got := a.one(p, ".share input").attr("value"); got != "https://outlet1.example/strike/4100.html" {
		t.Errorf("the address to copy: %q", got)
	}
}

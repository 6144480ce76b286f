package server

import (
	"fmt"
	"html/template"
	"net/url"
	"path"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/picture"
	"tidings/internal/words"
)

// enclosure is an attached file, playable or not. It comes straight from its publisher
// when the reader presses play, and not before (preload="none"): audio and video are too
// large to pass through here twice, and no referrer is ever sent.
type enclosure struct {
	URL    template.URL
	Kind   string // "audio", "video" or "file"
	Type   string
	Name   string
	Label  string // what the player is called
	Length string // how long it plays: "1:02:03"
	Size   string
}

func newEnclosures(l *words.Language, list []feed.Enclosure) []enclosure {
	var out []enclosure
	for _, e := range list {
		u := webURL(e.URL)
		if u == "" || strings.HasPrefix(e.Type, "image/") {
			continue
		}
		x := enclosure{URL: u, Kind: mediaKind(e), Type: e.Type, Size: bytesText(l, e.Length), Name: fileName(e.URL)}
		if x.Kind != "file" {
			x.Length = clock(e.Duration) // of an episode, whatever else is attached to it
		}
		switch x.Kind {
		case "audio":
			x.Label = l.T("Audio: %s", x.Name)
		case "video":
			x.Label = l.T("Video: %s", x.Name)
		}
		out = append(out, x)
	}
	return out
}

// mediaKind tells how an enclosure is played: by its type, or, where that says nothing,
// by its name.
func mediaKind(e feed.Enclosure) string {
	switch kind, _, _ := strings.Cut(e.Type, "/"); {
	case kind == "audio" || kind == "video":
		return kind
	case e.Type != "" && e.Type != "application/octet-stream" && e.Type != "binary/octet-stream":
		return "file"
	}
	switch strings.ToLower(path.Ext(fileName(e.URL))) {
	case ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".aac", ".flac", ".wav":
		return "audio"
	case ".mp4", ".m4v", ".webm", ".ogv", ".mov":
		return "video"
	}
	return "file"
}

// clock is a duration as players show it; empty for none.
func clock(d time.Duration) string {
	s := int(d / time.Second)
	switch {
	case s <= 0:
		return ""
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// fileName is the last part of an address's path, as a person reads it, or its host.
func fileName(address string) string {
	rest, _, _ := strings.Cut(address, "?")
	rest, _, _ = strings.Cut(rest, "#")
	rest = strings.TrimRight(rest, "/")
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// leadPicture is the picture of a story whose text has none, such as a video's.
type leadPicture struct {
	Src   template.URL
	Large template.URL // its larger form
	Href  template.URL // the video's page; empty where it is only a picture
	Watch string       // what the link to that says
}

// newLeadPicture gives the picture of an entry if the text to show has none; nil for
// none. Videos of the great platforms are a picture and a link: nothing is embedded.
func (s *Server) newLeadPicture(l *words.Language, m *feed.Member, text template.HTML) *leadPicture {
	t := string(text)
	if m.Entry.Image == "" || strings.Contains(t, "<img ") || strings.Contains(t, "<video ") {
		return nil
	}
	p := &leadPicture{Src: s.pictureURL(m.Entry.Image, m.Outlet.URL, picture.Text2), Large: s.pictureURL(m.Entry.Image, m.Outlet.URL, picture.Large)}
	if host := videoHost(m.Entry.URL); host != "" {
		p.Href, p.Watch = webURL(m.Entry.URL), l.T("Watch it at %s", host)
	}
	if p.Src == "" && p.Href == "" {
		return nil
	}
	return p
}

// videoHost names the platform whose page with a video an address is; empty for none.
func videoHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), "m.")
	switch host {
	case "youtube.com", "youtu.be", "vimeo.com", "dailymotion.com", "twitch.tv", "nebula.tv", "media.ccc.de", "ted.com", "bilibili.com":
		return host
	}
	if strings.HasPrefix(u.Path, "/videos/watch/") || strings.HasPrefix(u.Path, "/w/") { // any PeerTube
		return host
	}
	return ""
}

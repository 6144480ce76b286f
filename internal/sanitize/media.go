package sanitize

import "strings"

// player writes an audio or video element.
func (w *walk) player(el *element) {
	_, _, closed := w.scan.endOf(el.name)
	closed = closed && !w.scan.selfClosing
	src := w.mediaAddress()
	w.content()
	if w.full() {
		if closed {
			w.scan.skipPast(el.name)
		}
		return
	}
	o := open{element: el, start: len(w.out)}
	w.begin(el.name)
	w.words("title")
	w.optional("src", src)
	if el.name == "video" {
		w.optional("poster", w.poster())
		w.size()
	}
	w.out = append(w.out, ` controls="" preload="none">`...) // it plays and loads when it is asked to
	w.push(o)
	w.shown = w.shown || src != ""
	if !closed {
		w.leave() // or it would swallow the rest of the text
	}
}

// poster gives the address of the picture that stands for a video. It is the one
// part of a player that loads unasked, so it must not count readers.
func (w *walk) poster() string {
	s := w.address("poster", toFetch)
	if s == "" || w.unseen() || w.of.trackers.match(s) {
		return ""
	}
	return s
}

func (w *walk) mediaAddress() string {
	if s := w.address("src", toFetch); s != "" {
		return s
	}
	return w.address("data-src", toFetch)
}

// source writes a source of a player. A source of a picture is kept in mind for
// the img that follows.
func (w *walk) source() {
	if !w.is(media) {
		if s := w.fromSet(w.scan.get("srcset")); s != "" && w.candidate == "" {
			w.candidate = s
		} else if s := w.fromSet(w.scan.get("data-srcset")); s != "" && w.candidate == "" {
			w.candidate = s
		} else if len(w.scan.attrs) == 0 {
			w.content()
			w.out = append(w.out, "<source>"...)
		}
		return
	}
	src := w.mediaAddress()
	if src == "" {
		return
	}
	w.shown = true
	w.begin("source")
	w.add("src", src)
	w.optional("type", w.matching("type", isMediaType))
	w.out = append(w.out, '>')
}

// isMediaType reports whether s is a media type of sound or moving pictures,
// with parameters perhaps.
func isMediaType(s string) bool {
	if len(s) > 80 || strings.ContainsAny(s, "<>&") {
		return false
	}
	return strings.HasPrefix(s, "audio/") || strings.HasPrefix(s, "video/") || strings.HasPrefix(s, "application/")
}

// track writes the subtitles of a player.
func (w *walk) track() {
	src := w.address("src", toFetch)
	if src == "" || !w.is(media) {
		return
	}
	w.begin("track")
	w.add("src", src)
	w.optional("kind", w.oneOf("kind", "subtitles", "captions", "descriptions", "chapters"))
	w.optional("srclang", w.matching("srclang", languageTag.MatchString))
	w.words("label")
	w.flag("default")
	w.out = append(w.out, '>')
}

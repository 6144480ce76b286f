package sanitize

import (
	"net/url"
	"strings"
)

// embed writes a link to what a frame or plug-in would have shown, if that is a
// player that is known, or looks like a part of the text: the publisher gave it
// a title, a size, or leave to fill the screen. Of other frames, most of them
// buttons, advertisements and counters, one is linked to if there is nothing
// else to show; what is in them for browsers without frames is to be shown in
// their stead, which embed reports.
func (w *walk) embed() (instead bool) {
	if w.unseen() {
		w.rob()
		return false
	}
	href := w.embedAddress()
	if href == "" || w.of.trackers.match(href) {
		return false
	}
	if w.quiet {
		return true
	}
	u := parse(href)
	if u == nil {
		return false
	}
	page := w.resolve(watchPage(u), toFetch)
	switch {
	case page != "":
		href = page
	case !w.dressed():
		w.spare = href
		return true
	}
	if href == w.lastEmbed || w.find(link, 0) >= 0 {
		return false // an object with an embed inside of it, or already a link
	}
	w.lastEmbed, w.shown = href, true
	w.embedLink(href)
	return false
}

// dressed reports whether a frame looks like a part of the text.
func (w *walk) dressed() bool {
	for _, name := range [...]string{"title", "width", "height", "style", "allowfullscreen"} {
		if _, ok := w.scan.attr(name); ok {
			return true
		}
	}
	return false
}

// embedAddress finds the address among the attributes that hold it.
func (w *walk) embedAddress() string {
	for _, name := range [...]string{"data-src", "data-lazy-src", "src", "data", "data-litespeed-src"} {
		if s := w.address(name, toFetch); s != "" {
			return s
		}
	}
	return ""
}

// embedLink writes the link, as a paragraph where it would else stand alone
// between blocks.
func (w *walk) embedLink(href string) {
	w.content()
	alone := w.find(paragraph|phrasing|heading|item|cell, 0) < 0
	if alone {
		w.imply("p")
	}
	w.begin("a")
	w.add("href", href)
	w.out = append(w.out, ` rel="noopener noreferrer">`...)
	w.escape(w.embedText(href))
	w.out = append(w.out, "</a>"...)
	if alone && w.is(paragraph) {
		w.leave()
	}
}

// embedText is what the link says: the host, after the frame's title if that
// tells more than the name of the player.
func (w *walk) embedText(href string) string {
	host := href
	if u := parse(href); u != nil {
		host = strings.TrimPrefix(u.Hostname(), "www.")
	}
	title := strings.Join(strings.Fields(w.scan.get("title")), " ")
	switch lower(title) {
	case "", "youtube video player", "vimeo video player", "video", "video player", "iframe", "embed", "embedded content":
		return host
	}
	return title + " (" + host + ")"
}

// watchPage gives the page on which a person watches or hears what an embedded
// player plays, or "" if the player isn't known.
func watchPage(u *url.URL) string {
	host := strings.TrimPrefix(strings.TrimPrefix(lower(u.Hostname()), "www."), "m.")
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	last := parts[len(parts)-1]
	q := u.Query()
	first := func(dir string) bool { return len(parts) >= 2 && parts[0] == dir }
	switch host {
	case "youtube.com", "youtube-nocookie.com":
		return youTube(parts, q)
	case "player.vimeo.com":
		if first("video") {
			return "https://vimeo.com/" + parts[1]
		}
	case "dailymotion.com":
		if len(parts) == 3 && first("embed") {
			return "https://www.dailymotion.com/video/" + last
		}
	case "geo.dailymotion.com":
		return withValue("https://www.dailymotion.com/video/", q.Get("video"))
	case "player.twitch.tv":
		if v := q.Get("video"); v != "" {
			return withValue("https://www.twitch.tv/videos/", strings.TrimPrefix(v, "v"))
		}
		return withValue("https://www.twitch.tv/", q.Get("channel"))
	case "embed.ted.com":
		return "https://www.ted.com" + u.EscapedPath()
	case "open.spotify.com":
		if first("embed") {
			return "https://open.spotify.com/" + strings.Join(parts[1:], "/")
		}
	case "w.soundcloud.com":
		return q.Get("url")
	case "embed.podcasts.apple.com":
		return "https://podcasts.apple.com" + u.EscapedPath()
	case "streamable.com":
		if first("e") || first("o") {
			return "https://streamable.com/" + last
		}
	case "player.bilibili.com":
		return withValue("https://www.bilibili.com/video/", q.Get("bvid"))
	case "facebook.com":
		if first("plugins") {
			return q.Get("href")
		}
	}
	if len(parts) == 3 && parts[0] == "videos" && parts[1] == "embed" { // any PeerTube
		return u.Scheme + "://" + u.Host + "/videos/watch/" + last
	}
	return ""
}

// youTube gives the page of a video or a list of them.
func youTube(parts []string, q url.Values) string {
	id := ""
	if len(parts) == 2 && (parts[0] == "embed" || parts[0] == "v" || parts[0] == "shorts" || parts[0] == "live") {
		id, _, _ = strings.Cut(parts[1], "&") // players in Flash knew no "?"
	}
	switch {
	case id == "" || id == "live_stream":
		return ""
	case id == "videoseries":
		return withValue("https://www.youtube.com/playlist?list=", q.Get("list"))
	}
	page := "https://www.youtube.com/watch?v=" + url.QueryEscape(id)
	if start := q.Get("start"); start != "" && isInteger(start) {
		page += "&t=" + start
	}
	return page
}

func withValue(prefix, value string) string {
	if value == "" {
		return ""
	}
	return prefix + url.PathEscape(value)
}

package dedup

import "strings"

// Permalink reports whether an address in its canonical form can be that of
// one article. A homepage, a section, a tag or a search is none: many articles
// have it, so it neither identifies an entry nor joins stories.
func Permalink(canonical string) bool {
	rest, ok := strings.CutPrefix(canonical, "https://")
	if !ok {
		return false
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		return true // a route
	}
	rest, query, _ := strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	if path == "" || section(path) {
		return identifies(query)
	}
	first, more, deep := strings.Cut(path, "/")
	return !deep || strings.IndexByte(more, '/') >= 0 || !listing(first)
}

// section reports whether a path of one segment is the front page of a site's
// part rather than an article.
func section(path string) bool {
	if name, ext, ok := strings.Cut(path, "."); ok && (name == "index" || name == "default" || name == "home") {
		switch ext {
		case "html", "htm", "php", "asp", "aspx", "jsp", "shtml", "xml", "rss":
			return true
		}
	}
	switch strings.ToLower(path) {
	case "index", "home", "blog", "blogs", "news", "feed", "feeds", "rss", "atom", "latest", "articles", "posts",
		"archive", "archives", "live", "stories", "world", "sport", "sports", "business", "politics", "tech",
		"technology", "science", "culture", "opinion", "podcast", "podcasts", "episodes", "releases", "status",
		"events", "updates", "press", "media", "video", "videos", "about", "contact", "search", "subscribe",
		"newsletter", "rss.xml", "feed.xml", "atom.xml", "feed.json":
		return true
	}
	return edition(strings.ToLower(path))
}

// edition reports whether a segment is the front page of a language or country.
func edition(path string) bool {
	language, country, ok := strings.Cut(path, "-")
	if ok && len(country) != 2 {
		return false
	}
	switch language {
	case "ar", "at", "au", "be", "bg", "br", "ca", "ch", "cn", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr",
		"gb", "he", "hi", "hr", "hu", "id", "ie", "in", "int", "it", "ja", "jp", "ko", "kr", "lt", "lv", "mx", "nb", "nl", "no", "nz",
		"pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "us", "vi", "za", "zh":
		return true
	}
	return false
}

// listing reports whether the first of two segments says that the second is
// a list of articles: /tag/go.
func listing(first string) bool {
	switch strings.ToLower(first) {
	case "tag", "tags", "category", "categories", "topic", "topics", "author", "authors", "section", "sections",
		"label", "labels", "search", "page":
		return true
	}
	return false
}

// identifies reports whether a query names one article of a front page:
// ?p=123, ?id=45, ?story=…, as opposed to ?lang=de or ?page=2.
func identifies(query string) bool {
	for p := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(name) {
		case "p", "id", "post", "story", "article", "articleid", "newsid", "storyid", "aid", "nid", "sid", "item", "itemid", "episode", "v":
			if value != "" {
				return true
			}
		case "lang", "hl", "gl", "page", "q", "s", "cat", "tag", "feed", "sort", "locale", "":
		default:
			if strings.ContainsAny(value, "0123456789") && len(value) >= 3 || value == "" && len(name) >= 4 {
				return true // ?page_id=123, ?2026-11-22
			}
		}
	}
	return false
}

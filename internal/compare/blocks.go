package compare

import (
	"html"
	"slices"
	"strings"
)

// span is a stretch of bytes.
type span struct{ from, to int }

// block is text that flows together: what stands between two tags that aren't inline.
type block struct {
	text string // as people read it
	runs []run
}

// run is the text between two tags.
type run struct {
	text span // in the block's text
	html span // in the HTML
	// at has, for each byte of the text, where in the HTML its character begins; nil
	// where there are no character references, and so all bytes are the same.
	at []int
}

// inline are the elements that text flows through.
const inline = " a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb rp rt rtc ruby s samp small span strike strong sub sup time tt u var wbr "

// blocks splits HTML into its texts. What comes after a tag that is cut off is left out.
func blocks(h string) (all []block) {
	var b block
	end := func() {
		if strings.TrimSpace(b.text) != "" {
			all = append(all, b)
		}
		b = block{}
	}
	option := false
	for at := 0; at < len(h); {
		next := strings.IndexByte(h[at:], '<')
		if next < 0 {
			next = len(h) - at
		}
		if next > 0 && !option {
			b.add(h, span{at, at + next})
		}
		if at += next; at == len(h) {
			break
		}
		stop := strings.IndexByte(h[at:], '>')
		if stop < 0 {
			break
		}
		name := nameOf(h[at+1 : at+stop])
		if !strings.Contains(inline, " "+name+" ") {
			end()
		}
		option = name == "option" && h[at+1] != '/'
		at += stop + 1
	}
	end()
	return all
}

// nameOf is the name of a tag without its angle brackets.
func nameOf(tag string) string {
	tag = strings.TrimPrefix(tag, "/")
	if i := strings.IndexAny(tag, " \t\n\f\r/"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

// add appends a run of text to a block.
func (b *block) add(h string, at span) {
	raw := h[at.from:at.to]
	r := run{html: at, text: span{len(b.text), 0}}
	if !strings.Contains(raw, "&") {
		b.text += raw
	} else {
		text, places := decode(raw)
		for i := range places {
			places[i] += at.from
		}
		b.text, r.at = b.text+text, places
	}
	r.text.to = len(b.text)
	b.runs = append(b.runs, r)
}

// longestReference is longer than any name of a character (HTML 13.5).
const longestReference = 40

// decode reads character references, and tells for each byte where its character
// began.
func decode(raw string) (text string, at []int) {
	var b strings.Builder
	put := func(s string, from int, each bool) {
		for i := range len(s) {
			if at = append(at, from); each {
				at[len(at)-1] += i
			}
		}
		b.WriteString(s)
	}
	for i := 0; i < len(raw); {
		next := strings.IndexByte(raw[i:], '&')
		if next < 0 {
			next = len(raw) - i
		}
		put(raw[i:i+next], i, true)
		if i += next; i == len(raw) {
			break
		}
		stop := strings.IndexByte(raw[i:min(i+longestReference, len(raw))], ';')
		if stop < 0 {
			put("&", i, false)
			i++
			continue
		}
		put(html.UnescapeString(raw[i:i+stop+1]), i, false)
		i += stop + 1
	}
	return b.String(), at
}

// place is where in the HTML a byte of the block's text begins.
func (r *run) place(i int) int {
	switch {
	case i >= r.text.to:
		return r.html.to
	case r.at == nil:
		return r.html.from + i - r.text.from
	}
	return r.at[i-r.text.from]
}

// spans are the parts of the HTML that hold a stretch of the block's text: one for
// each run, without the space around them.
func (b *block) spans(s span) (list []span) {
	for i := range b.runs {
		r := &b.runs[i]
		from, to := max(s.from, r.text.from), min(s.to, r.text.to)
		if from >= to {
			continue
		}
		text := b.text[from:to]
		from += len(text) - len(strings.TrimLeft(text, " \t\n\r\f\u00a0"))
		to -= len(text) - len(strings.TrimRight(text, " \t\n\r\f\u00a0"))
		if from < to {
			list = append(list, span{r.place(from), r.place(to)})
		}
	}
	return slices.DeleteFunc(list, func(s span) bool { return s.from >= s.to })
}

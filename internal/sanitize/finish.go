package sanitize

import "bytes"

// forced gives the attributes that every element has whose start tag, without
// its angle brackets, is tag, whatever the publisher wrote.
//
// The page that a link leads to neither gets hold of the reader's window nor
// learns its address. There is no target: whether a link opens in a new tab is
// the reader's choice and not the publisher's, and the merged feed carries the
// same HTML to readers with habits of their own. Images load when they come into
// view. Players never play by themselves, and load nothing before they are asked
// to.
func forced(tag []byte) string {
	name, _, _ := bytes.Cut(tag, []byte{' '})
	switch string(name) {
	case "a":
		if bytes.Contains(tag, []byte(` href="`)) { // and not in a value, where quotes are escaped
			return ` rel="noopener noreferrer"`
		}
	case "img":
		return ` loading="lazy" decoding="async"`
	case "audio", "video":
		return ` controls="" preload="none"`
	}
	return ""
}

// finish adds the forced attributes to what the policy wrote, and writes quotes
// in text plainly, and apostrophes everywhere.
//
// It runs after the policy, and is safe because of the form in which bluemonday
// writes: "<" and ">" stand for tags alone, values stand in double quotes, and
// everything else is escaped. So between ">" and "<" there is text, in which
// quotes mean nothing; inside of tags an apostrophe means nothing; and before the
// ">" of a start tag there is room for an attribute, none of which the policy
// lets through itself.
func finish(out, b []byte) []byte {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return unescape(out, b, true)
		}
		out = unescape(out, b[:i], true)
		b = b[i:]
		j := bytes.IndexByte(b, '>')
		if j < 0 {
			return out // never: the policy closes its tags
		}
		out = unescape(out, b[:j], false)
		out = append(out, forced(b[1:j])...)
		out = append(out, '>')
		b = b[j+1:]
	}
	return out
}

// unescape writes b with its apostrophes plain, and its quotes too if asked.
func unescape(out, b []byte, quotes bool) []byte {
	const apostrophe, quote = "&#39;", "&#34;"
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		b = b[i:]
		switch escaped := b[:min(len(b), len(quote))]; {
		case string(escaped) == apostrophe:
			out, b = append(out, '\''), b[len(apostrophe):]
		case string(escaped) == quote && quotes:
			out, b = append(out, '"'), b[len(quote):]
		default:
			out, b = append(out, '&'), b[1:]
		}
	}
}

package opml

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9_.:-]+)["']`)

// decode makes UTF-8 of a file, by its byte order mark or what it declares, and
// gives its beginning as it is.
func decode(r io.Reader) (text io.Reader, start []byte, err error) {
	const enough = 1024
	b := bufio.NewReaderSize(r, 4*enough)
	start, err = b.Peek(enough)
	if err != nil && !errors.Is(err, io.EOF) && len(start) == 0 {
		return nil, nil, err
	}
	start = bytes.Clone(start)
	label := encodingOf(start)
	if label == "" {
		if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
			_, err := b.Discard(3)
			return b, start[3:], err
		}
		return b, start, nil
	}
	if label == "utf-16" {
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), start, nil
	}
	text, err = charset.NewReaderLabel(label, b)
	if err != nil {
		return b, start, nil // an encoding that nobody knows: most of the file is ASCII
	}
	return text, start, nil
}

// encodingOf gives the name of the encoding of a file by its beginning; "" for
// UTF-8. A file that says it is UTF-16 and shows that it isn't is UTF-8, as
// programs write it that declare what they had in memory.
func encodingOf(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		return ""
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return "utf-16"
	case bytes.HasPrefix(start, []byte("<\x00?\x00")):
		return "utf-16le"
	case bytes.HasPrefix(start, []byte("\x00<\x00?")):
		return "utf-16be"
	}
	m := declaredEncoding.FindSubmatch(start)
	if m == nil {
		return ""
	}
	switch label := string(bytes.ToLower(m[1])); label {
	case "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii":
		return ""
	default:
		return label
	}
}

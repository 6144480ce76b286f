package parse

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// codePage finds the number in the many ways to write a code page.
var codePage = regexp.MustCompile(`^(?:x-)?(?:win|windows|cp|ms|ibm|dos)?[-_]?(\d{3,5})$`)

// lookup finds an encoding by a label of the WHATWG (Encoding §4.2), of IANA, or
// one that people write. It has no encoding for a label that nobody knows.
func lookup(label string) (encoding.Encoding, string) {
	label = strings.ToLower(strings.TrimSpace(label))
	switch label {
	case "":
		return nil, ""
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312, "hz-gb-2312"
	case "iso-2022-kr", "csiso2022kr": // of the bytes that unshiftKorean gives
		return korean.EUCKR, "iso-2022-kr"
	}
	label = usual(label)
	for _, spelt := range []string{label, strings.ReplaceAll(label, "_", "-"), dashless.Replace(label)} {
		if enc, name := charset.Lookup(spelt); enc != nil {
			return enc, name
		}
	}
	if m := codePage.FindStringSubmatch(label); m != nil {
		for _, known := range []string{pages(m[1]), "windows-" + m[1], "ibm" + m[1]} {
			if enc, name := charset.Lookup(known); enc != nil {
				return enc, name
			}
		}
		if known := pages(m[1]); known != "" {
			label = known
		} else {
			label = "ibm" + m[1]
		}
	}
	if enc, err := ianaindex.IANA.Encoding(label); err == nil && enc != nil {
		return enc, label
	}
	return nil, ""
}

// dashless makes one spelling of many: "ISO8859_15", "iso_8859_15", "UTF_8".
var dashless = strings.NewReplacer("-", "", "_", "")

// usual is the label of the WHATWG for one that only programs know.
func usual(label string) string {
	switch label {
	case "eucjp", "ujis", "x-ujis":
		return "euc-jp"
	case "euckr":
		return "euc-kr"
	case "tis620":
		return "tis-620"
	case "big5hkscs", "big5-eten":
		return "big5"
	case "koi8r", "koi8u":
		return label[:4] + "-" + label[4:]
	case "shiftjis":
		return "shift_jis"
	case "utf8mb4", "utf8mb3":
		return "utf-8"
	case "x-user-defined": // as in HTML §4.2.5.4
		return "windows-1252"
	}
	if strings.HasPrefix(label, "iso-2022-jp") {
		return "iso-2022-jp"
	}
	return label
}

// isASCIILabel reports whether a label promises that no byte is beyond ASCII.
func isASCIILabel(label string) bool {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "ascii", "us-ascii", "ansi_x3.4-1968", "iso646-us", "646":
		return true
	}
	return false
}

// pages are the code pages that have names of their own.
func pages(number string) string {
	switch number {
	case "932":
		return "shift_jis"
	case "936":
		return "gbk"
	case "949":
		return "euc-kr"
	case "950":
		return "big5"
	case "858":
		return "ibm00858"
	case "65001":
		return "utf-8"
	}
	return ""
}

// koreanHeader stands at the front of a text in ISO-2022-KR (RFC 1557).
const koreanHeader = "\x1b$)C"

// unshiftKorean makes EUC-KR of ISO-2022-KR: between SO and SI, bytes of seven bits
// stand for those with the eighth. Browsers refuse this encoding, lest it hide markup
// from a filter before them; here the filter comes after.
func unshiftKorean(b []byte) []byte {
	out := make([]byte, 0, len(b))
	var shifted byte
	for _, c := range bytes.ReplaceAll(b, []byte(koreanHeader), nil) {
		switch {
		case c == 0x0e:
			shifted = 0x80
		case c == 0x0f:
			shifted = 0
		case c > 0x20 && c < 0x7f:
			out = append(out, c|shifted)
		default:
			if c == '\n' { // a line ends unshifted
				shifted = 0
			}
			out = append(out, c)
		}
	}
	return out
}

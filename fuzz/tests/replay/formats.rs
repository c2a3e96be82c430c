//! How samples lie in files.

mod capture;
mod text;

pub(crate) use capture::udp_kind;
pub(crate) use text::Pick;

/// A format of files that hold samples.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The file is the sample.
    Raw,
    /// An array of objects with `file`, `name`, `context` and `hex`, of which some are picked.
    Json(Pick),
    /// The same, each with these bytes put in front, which tell the target what it is.
    JsonAfter(&'static [u8], Pick),
    /// A packet capture: the payloads of UDP datagrams.
    Pcap,
    /// `rtpdump` of the RTP tools: RTP packets.
    RtpDump,
    /// A byte that told a fuzzer of usrsctp what to do, then the chunks of an SCTP packet.
    UsrSctp,
    /// Text: a sample in hexadecimal digits on each line.
    HexLines,
    /// Comma-separated values, of which the second is the sample in base64; comments and one line of titles.
    Base64Csv,
    /// A session description: the samples are the lines of an attribute, with its name.
    Lines(&'static str),
    /// A session description: the samples are the values of an attribute.
    Values(&'static str),
    /// Anything: the samples are what looks like a certificate in it.
    Certificates,
    /// A transcript of `BoringSSL`: tagged settings, then datagrams.
    BoringSsl,
}

/// A sample.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Which of its file; to be appended to the file's name.
    pub(crate) name: String,
    /// What the target gets.
    pub(crate) bytes: Vec<u8>,
}

impl Format {
    /// The samples in a file.
    pub(crate) fn samples(&self, file: &[u8]) -> Vec<Sample> {
        let samples = match self {
            Self::Raw => vec![(String::new(), file.to_vec())],
            Self::Json(pick) => text::json(file, pick),
            Self::JsonAfter(prefix, pick) => text::json(file, pick)
                .into_iter()
                .map(|(name, bytes)| (name, [prefix, &bytes[..]].concat()))
                .collect(),
            Self::Pcap => numbered(capture::pcap(file)),
            Self::RtpDump => numbered(capture::rtpdump(file)),
            Self::UsrSctp => {
                let chunks = file.get(1..).unwrap_or_default();
                vec![(String::new(), [&[0; 12], chunks].concat())]
            }
            Self::HexLines => numbered(text::hex_lines(file)),
            Self::Base64Csv => text::base64_csv(file),
            Self::Lines(name) => numbered(text::attribute_lines(file, name, false)),
            Self::Values(name) => numbered(text::attribute_lines(file, name, true)),
            Self::Certificates => numbered(capture::certificates(file)),
            Self::BoringSsl => numbered(capture::boring_ssl(file)),
        };
        samples
            .into_iter()
            .map(|(name, bytes)| Sample { name, bytes })
            .collect()
    }
}

fn numbered(samples: Vec<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    samples
        .into_iter()
        .enumerate()
        .map(|(number, bytes)| (format!("#{number}"), bytes))
        .collect()
}

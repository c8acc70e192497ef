//! G.711: mu-law and A-law to 16-bit samples and back. Sixty lines of arithmetic that are fixed since 1972; the tests compare all
//! of it with a library that is kept by others.

/// Mu-law adds this before it takes the logarithm.
const BIAS: i32 = 0x84;
/// The loudest sample that fits.
const CLIP: i32 = 32_635;

/// The sample behind each mu-law byte.
const ULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = decode_ulaw(code as u8);
        code += 1;
    }
    table
};

const fn decode_ulaw(code: u8) -> i16 {
    // Sent inverted, so that silence has many edges for a clock to follow.
    let code = !code;
    let exponent = (code >> 4) & 0x07;
    let mantissa = (code & 0x0f) as i32;
    let magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// A mu-law byte as a sample.
pub const fn ulaw_to_sample(code: u8) -> i16 {
    ULAW[code as usize]
}

/// A sample as a mu-law byte.
pub const fn sample_to_ulaw(sample: i16) -> u8 {
    let sample = sample as i32;
    // Of negative samples the one's complement, as ITU-T G.191 does it.
    let (sign, mut magnitude) = if sample < 0 { (0x80, !sample) } else { (0, sample) };
    if magnitude > CLIP {
        magnitude = CLIP;
    }
    magnitude += BIAS;
    let exponent = 31 - magnitude.leading_zeros() as i32 - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) | mantissa) as u8
}

/// An A-law byte as a sample.
pub const fn alaw_to_sample(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = (code >> 4) & 0x07;
    let mantissa = ((code & 0x0f) as i32) << 4;
    let magnitude = match exponent {
        0 => mantissa + 0x08,
        _ => (mantissa + 0x108) << (exponent - 1),
    };
    (if code & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

/// A sample as an A-law byte.
pub const fn sample_to_alaw(sample: i16) -> u8 {
    let sample = sample as i32;
    // Of negative samples the one's complement: −1 is as near to zero as 0 is.
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let code = if magnitude < 0x100 {
        magnitude >> 4
    } else {
        let exponent = 31 - magnitude.leading_zeros() as i32 - 7;
        (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)
    };
    ((sign | code) ^ 0x55) as u8
}

/// Mu-law as little-endian samples.
pub fn ulaw_to_pcm16(ulaw: &[u8]) -> Vec<u8> {
    ulaw.iter().flat_map(|code| ulaw_to_sample(*code).to_le_bytes()).collect()
}

/// Little-endian samples as mu-law; half a sample at the end is left out.
pub fn pcm16_to_ulaw(pcm: &[u8]) -> Vec<u8> {
    let samples = pcm.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    samples.map(sample_to_ulaw).collect()
}

#[cfg(test)]
mod tests {
    use audio_codec_algorithms as theirs;

    use super::*;

    #[test]
    fn every_byte_decodes_as_the_library_decodes_it() {
        for code in 0..=u8::MAX {
            assert_eq!(ulaw_to_sample(code), theirs::decode_ulaw(code), "mu-law {code:#04x}");
            assert_eq!(alaw_to_sample(code), theirs::decode_alaw(code), "A-law {code:#04x}");
        }
    }

    #[test]
    fn every_sample_encodes_as_the_library_encodes_it() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(sample_to_ulaw(sample), theirs::encode_ulaw(sample), "mu-law {sample}");
            assert_eq!(sample_to_alaw(sample), theirs::encode_alaw(sample), "A-law {sample}");
        }
    }

    #[test]
    fn every_byte_survives_the_way_there_and_back() {
        for code in 0..=u8::MAX {
            // Mu-law has two zeros; samples have one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(sample_to_ulaw(ulaw_to_sample(code)), expected);
            assert_eq!(sample_to_alaw(alaw_to_sample(code)), code);
        }
        let all: Vec<u8> = (0x80..=0xff).collect();
        assert_eq!(pcm16_to_ulaw(&ulaw_to_pcm16(&all)), all);
    }
}

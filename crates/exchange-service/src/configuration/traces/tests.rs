use super::*;

fn read(configured: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
    let variable = |name: &str| variables.iter().find(|(key, text)| *key == name && !text.is_empty());
    let variable = |name: &str| variable(name).map(|(_, text)| Zeroizing::new((*text).to_owned()));
    let address = address(configured.map(|text| text.parse().unwrap()), variable);
    address.map(|address| address.map(String::from)).map_err(|error| error.to_string())
}

#[test]
fn the_file_comes_before_the_variables_of_opentelemetry() {
    let (of_traces, of_all) = ((OF_TRACES, "https://a.example/key/spans?x=1"), (OF_ALL, "http://localhost:4318/otlp/"));
    let of_file = Ok(Some("https://b.example/v1/traces".to_owned()));
    assert_eq!(read(None, &[]), Ok(None));
    assert_eq!(read(None, &[(OF_TRACES, ""), (OF_ALL, "")]), Ok(None));
    assert_eq!(read(None, &[of_all]), Ok(Some("http://localhost:4318/otlp/v1/traces".to_owned())));
    assert_eq!(read(None, &[of_all, of_traces]), Ok(Some(of_traces.1.to_owned())));
    assert_eq!(read(Some("https://b.example"), &[of_all, of_traces]), of_file);
    assert_eq!(read(Some("https://b.example"), &[("OTEL_SDK_DISABLED", "True")]), Ok(None));
    assert_eq!(read(Some("https://b.example"), &[("OTEL_SDK_DISABLED", "1")]), of_file);
}

#[test]
fn a_variable_names_a_collector_with_tls_or_on_loopback() {
    // SEC-124
    for name in [OF_TRACES, OF_ALL] {
        for bad in ["http://collector.example", "collector:4317", "ftp://localhost"] {
            let message = format!("{name}: must be https, or http on loopback");
            assert_eq!(read(None, &[(name, bad)]), Err(message), "{bad}");
        }
        for bad in ["https://key@collector.example", "https://collector.example#key"] {
            let message = format!("{name}: must be an address without fragment and user");
            assert_eq!(read(None, &[(name, bad)]), Err(message), "{bad}");
        }
    }
}

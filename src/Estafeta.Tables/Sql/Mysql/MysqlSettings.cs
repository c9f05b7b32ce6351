using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Sql.Mysql;

/// <summary>How to reach the servers of mysql_table(5).</summary>
internal sealed record MysqlSettings
{
    public required string? User { get; init; }

    public required string? Password { get; init; }

    public required string? Database { get; init; }

    public required string? OptionFile { get; init; }

    /// <summary>Group of the option file; empty reads none.</summary>
    public required string OptionGroup { get; init; }

    public required string CharacterSet { get; init; }

    public required string? KeyFile { get; init; }

    public required string? CertificateFile { get; init; }

    public required string? AuthorityFile { get; init; }

    public required string? AuthorityPath { get; init; }

    public required string? Ciphers { get; init; }

    public required bool VerifiesServer { get; init; }

    public bool UsesTls => KeyFile != null || CertificateFile != null || AuthorityFile != null || AuthorityPath != null || Ciphers != null;

    public static MysqlSettings Load(TableParameters parameters)
    {
        return new MysqlSettings
        {
            User = NonEmpty("user"),
            Password = NonEmpty("password"),
            Database = NonEmpty("dbname"),
            OptionFile = NonEmpty("option_file"),
            OptionGroup = parameters.Get("option_group", "client"),
            CharacterSet = parameters.Get("charset", "utf8mb4"),
            KeyFile = NonEmpty("tls_key_file"),
            CertificateFile = NonEmpty("tls_cert_file"),
            AuthorityFile = NonEmpty("tls_CAfile"),
            AuthorityPath = NonEmpty("tls_CApath"),
            Ciphers = NonEmpty("tls_ciphers"),
            VerifiesServer = parameters.GetBoolean("tls_verify_cert", false),
        };

        string? NonEmpty(string name) => parameters.Get(name, "") is { Length: > 0 } value ? value : null;
    }
}

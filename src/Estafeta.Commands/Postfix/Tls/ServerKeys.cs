using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postfix.Tls;

/// <summary>A private key and its certificate, in files of the configuration directory.</summary>
internal sealed record ServerKeyPair(string Certificate, string Key, bool IsEc);

/// <summary>Makes and looks at the server's keys, with openssl(1). Throws <see cref="CommandException"/> with openssl's own complaint.</summary>
internal sealed class ServerKeys(ParameterSet parameters, TimeProvider time)
{
    private const int CertificateDays = 36500;

    private string ConfigDirectory => Path.GetFullPath(parameters.ConfigDirectory);

    public ServerKeyPair Make(TlsArguments arguments, bool keepsKey)
    {
        var isEc = arguments.Find('a')?.ToLowerInvariant() switch
        {
            null or "rsa" => false,
            "ecdsa" => true,
            var other => throw new CommandException($"invalid public key algorithm: {other}"),
        };
        var names = arguments.HostNames(parameters);
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var prefix = isEc ? "ec" : "";
        var pair = new ServerKeyPair(
            Path.Combine(ConfigDirectory, $"{prefix}cert-{stamp}.pem"), Path.Combine(ConfigDirectory, $"{prefix}key-{stamp}.pem"), isEc);
        MakeKey(pair, arguments.Find('b'), keepsKey);
        File.WriteAllBytes(pair.Certificate, OpenSsl(
            ["req", "-x509", "-new", "-key", pair.Key, "-days", CertificateDays.ToString(CultureInfo.InvariantCulture), "-subj", $"/CN={names[0]}"],
            Settings("x509_extensions", "basicConstraints = CA:false\n", names)));
        return pair;
    }

    /// <summary>The files, when they are there and belong together.</summary>
    public ServerKeyPair Check(string certificate, string key)
    {
        var (certificatePath, keyPath) = (FullPath(certificate), FullPath(key));
        if ((!File.Exists(certificatePath) ? certificatePath : !File.Exists(keyPath) ? keyPath : null) is { } missing)
        {
            throw new CommandException($"{missing}: No such file or directory");
        }

        var ofKey = OpenSsl(["pkey", "-in", keyPath, "-pubout", "-outform", "DER"]);
        using var parsed = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        var isEc = parsed.GetECDsaPublicKey() != null;
        return parsed.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(ofKey)
            ? new ServerKeyPair(certificatePath, keyPath, isEc)
            : throw new CommandException($"the key in {keyPath} is not that of the certificate in {certificatePath}");
    }

    public static IEnumerable<string> SettingsOf(ServerKeyPair pair) => pair.IsEc
        ? [$"{Parameters.SmtpdTlsEckeyFile.Name} = {pair.Key}", $"{Parameters.SmtpdTlsEccertFile.Name} = {pair.Certificate}"]
        : [$"{Parameters.SmtpdTlsKeyFile.Name} = {pair.Key}", $"{Parameters.SmtpdTlsCertFile.Name} = {pair.Certificate}"];

    public string Request(string keyFile, IReadOnlyList<string> names)
    {
        var key = Locate(keyFile) ?? throw new CommandException($"no {keyFile} private key is configured");
        return System.Text.Encoding.ASCII.GetString(OpenSsl(["req", "-new", "-key", key, "-subj", "/"], Settings("req_extensions", "", names)));
    }

    /// <summary>A key file by its path, or by its algorithm where main.cf has it; null for an algorithm without.</summary>
    public string? Locate(string keyFile)
    {
        var parameter = keyFile switch
        {
            "rsa" => Parameters.SmtpdTlsKeyFile,
            "ecdsa" => Parameters.SmtpdTlsEckeyFile,
            _ => null,
        };
        return parameter == null ? FullPath(keyFile) : parameters.Get(parameter) is { Length: > 0 } path && path != "none" ? FullPath(path) : null;
    }

    /// <summary>The data of a TLSA record 3 1 1.</summary>
    public string PublicKeyDigest(string keyPath) =>
        Convert.ToHexStringLower(SHA256.HashData(OpenSsl(["pkey", "-in", keyPath, "-pubout", "-outform", "DER"])));

    private void MakeKey(ServerKeyPair pair, string? bits, bool keepsKey)
    {
        // Nobody else may read it, not even while it is written.
        var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new FileStream(pair.Key, mode))
        {
            if (keepsKey && Locate(pair.IsEc ? "ecdsa" : "rsa") is { } current)
            {
                file.Write(OpenSsl(["pkey", "-in", current]));
                return;
            }

            file.Write(pair.IsEc
                ? OpenSsl(["genpkey", "-algorithm", "EC", "-pkeyopt", $"ec_paramgen_curve:{Curve(bits)}", "-pkeyopt", "ec_param_enc:named_curve"])
                : OpenSsl(["genpkey", "-algorithm", "RSA", "-pkeyopt", $"rsa_keygen_bits:{Bits(bits)}"]));
        }
    }

    private static string Bits(string? bits) =>
        bits == null ? "2048" : int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? bits : throw new CommandException($"invalid number of bits: {bits}");

    private static string Curve(string? name) => name switch
    {
        null or "secp256r1" => "prime256v1",
        _ => name.All(char.IsLetterOrDigit) ? name : throw new CommandException($"invalid curve: {name}"),
    };

    private string FullPath(string path) => Path.Combine(ConfigDirectory, path);

    // As Postfix has it, whatever the system's openssl.cnf says: there a self-signed certificate is an authority's.
    private static string Settings(string kind, string constraints, IReadOnlyList<string> names) =>
        $"[req]\n{kind} = v3\ndistinguished_name = dn\n[dn]\n[v3]\n{constraints}subjectKeyIdentifier = hash\nextendedKeyUsage = serverAuth, clientAuth\n"
        + $"subjectAltName = {string.Join(',', names.Select(name => "DNS:" + name))}\n";

    /// <summary>What openssl(1) writes. It goes through a file in a folder nobody else can enter: private keys among it.</summary>
    /// <param name="settings">In place of the system's openssl.cnf; empty for that.</param>
    private byte[] OpenSsl(IReadOnlyList<string> arguments, string settings = "")
    {
        var program = FindProgram();
        var folder = Directory.CreateTempSubdirectory("postfix-tls-");
        try
        {
            var result = Path.Combine(folder.FullName, "out");
            var complaints = Path.Combine(folder.FullName, "err");
            if (settings.Length > 0)
            {
                var file = Path.Combine(folder.FullName, "cnf");
                File.WriteAllText(file, settings);
                arguments = [.. arguments, "-config", file];
            }

            using var error = DurableFile.Open(complaints, Unix.Files.OpenFlags.WriteOnly | Unix.Files.OpenFlags.Create);
            using var process = ChildProcess.Spawn(new SpawnRequest
            {
                Path = program,
                Arguments = [program, .. arguments, "-out", result],
                Environment = SpawnRequest.CurrentEnvironment(),
                Descriptors = [-1, -1, (int)error.DangerousGetHandle()],
            });
            return process.Wait() is { IsSuccess: true }
                ? File.ReadAllBytes(result)
                : throw new CommandException($"{program} {arguments[0]}: {File.ReadAllText(complaints).Trim().ReplaceLineEndings("; ")}");
        }
        catch (UnixException e)
        {
            throw new CommandException($"cannot run {program}: {UnixException.Describe(e.Errno)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string FindProgram()
    {
        var name = parameters.Get(Parameters.OpensslPath);
        return ProgramPath.Find(name) ?? throw new CommandException($"{name}: not found ({Parameters.OpensslPath.Name})");
    }
}

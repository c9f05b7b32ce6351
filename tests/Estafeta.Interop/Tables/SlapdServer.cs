using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Estafeta.Interop.Tables;

/// <summary>An OpenLDAP server with a small directory: people, groups by name and by URL, and entries in the shape of Active Directory.</summary>
internal static class SlapdServer
{
    public const string Directory = """
        dn: dc=example,dc=com
        objectClass: dcObject
        objectClass: organization
        dc: example
        o: Example

        dn: ou=people,dc=example,dc=com
        objectClass: organizationalUnit
        ou: people

        dn: cn=Alice,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        cn: Alice
        sn: A
        mail: alice@example.com
        mail: a@example.com
        uid: alice
        description: alice@home.test

        dn: cn=Bob,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        cn: Bob
        sn: B
        mail: bob@example.com
        uid: bob
        memberOf: cn=Sales,dc=example,dc=com
        userPassword: bobs secret

        dn: cn=Odd \2C name\2B,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        cn: Odd , name+
        sn: O
        mail: odd*(x)\y@example.com
        uid: odd

        dn: cn=group,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: group
        mail: group@example.com
        uid: group
        member: cn=Alice,ou=people,dc=example,dc=com
        member: cn=Bob,ou=people,dc=example,dc=com

        dn: cn=nested,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: nested
        mail: nested@example.com
        uid: nested
        member: cn=group,dc=example,dc=com
        member: cn=Nobody,ou=people,dc=example,dc=com

        dn: cn=loop,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: loop
        uid: loop
        member: cn=loop,dc=example,dc=com

        dn: cn=dynamic,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: dynamic
        uid: dynamic
        member: cn=Bob,ou=people,dc=example,dc=com
        labeledURI: ldap:///ou=people,dc=example,dc=com?mail?one?(uid=a*)

        dn: cn=routed,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: routed
        mail: routed@example.com
        uid: routed
        description: routed@lists.test
        member: cn=Alice,ou=people,dc=example,dc=com

        dn: cn=AD User,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        objectClass: extensibleObject
        cn: AD User
        sn: U
        uid: aduser
        userPrincipalName: aduser@corp.example.com
        proxyAddresses: SMTP:ad.user@example.com
        proxyAddresses: smtp:aduser@example.com
        mail: ad.user@example.com
        memberOf: cn=Sales,dc=example,dc=com

        dn: cn=Sales,dc=example,dc=com
        objectClass: groupOfNames
        objectClass: extensibleObject
        cn: Sales
        mail: sales@example.com
        uid: sales
        member: cn=AD User,ou=people,dc=example,dc=com
        member: cn=Bob,ou=people,dc=example,dc=com

        dn: cn=reader,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        cn: reader
        sn: R
        userPassword: bind-secret

        """;

    public static async Task<(ServerProcess Process, string Settings)> StartAsync(string root, int port, string more = "")
    {
        var slapd = ServerProcess.Require("/usr/sbin/slapd");
        var data = root + "/ldap";
        System.IO.Directory.CreateDirectory(data);
        MakeCertificate(root);
        var configuration = Path.Combine(root, "slapd.conf");
        await File.WriteAllTextAsync(configuration, $"""
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
            attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
            modulepath /usr/lib/ldap
            moduleload back_mdb
            moduleload memberof
            TLSCertificateFile {root}/server.pem
            TLSCertificateKeyFile {root}/server.key
            authz-regexp "uid=([^,]*),.*" "cn=$1,ou=people,dc=example,dc=com"
            password-hash {"{CLEARTEXT}"}
            pidfile {data}/pid
            database mdb
            directory {data}
            index uid eq
            suffix "dc=example,dc=com"
            rootdn "cn=admin,dc=example,dc=com"
            rootpw secret
            dbnosync
            overlay memberof

            """);
        var entries = Path.Combine(root, "entries.ldif");
        await File.WriteAllTextAsync(entries, $"{Directory}\n{more}");
        await ServerProcess.RunAsync(null, "", ServerProcess.Require("/usr/sbin/slapadd"), "-q", "-f", configuration, "-l", entries);
        var process = await Restart(slapd, configuration, port);
        return (process, Settings(port));
    }

    public static Task<ServerProcess> RestartAsync(string root, int port) => Restart("/usr/sbin/slapd", Path.Combine(root, "slapd.conf"), port);

    private static void MakeCertificate(string root)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(90));
        File.WriteAllText(Path.Combine(root, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(root, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static string Settings(int port) => $"server_host = ldap://127.0.0.1:{port}\nsearch_base = dc=example,dc=com\nversion = 3\n";

    private static Task<ServerProcess> Restart(string slapd, string configuration, int port) => ServerProcess.StartAsync(
        null, new IPEndPoint(IPAddress.Loopback, port), slapd, "-d", "0", "-f", configuration, "-h", $"ldap://127.0.0.1:{port}");
}

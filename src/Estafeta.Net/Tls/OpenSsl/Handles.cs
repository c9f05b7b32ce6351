using System.Runtime.InteropServices;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>An SSL_CTX.</summary>
internal sealed class SafeContextHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibSsl.FreeContext(handle);
        return true;
    }
}

/// <summary>An SSL, and the memory BIOs it owns.</summary>
internal sealed class SafeSessionHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibSsl.FreeSession(handle);
        return true;
    }
}

/// <summary>An SSL_SESSION, for resumption by a client.</summary>
internal sealed class SafeTlsSessionHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibSsl.FreeTlsSession(handle);
        return true;
    }
}

/// <summary>An X509 certificate.</summary>
internal sealed class SafeCertificateHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <summary>Another holder of a certificate that belongs to somebody else.</summary>
    public static SafeCertificateHandle Share(nint certificate)
    {
        _ = LibCrypto.KeepCertificate(certificate);
        var shared = new SafeCertificateHandle();
        shared.SetHandle(certificate);
        return shared;
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeCertificate(handle);
        return true;
    }
}

// An image origin on Node: reads an original from S3, renders with sharp, stores in S3.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import sharp from "sharp";

const s3 = new S3Client({ forcePathStyle: true });

export async function origin(event) {
  const Key = event.rawPath.slice(1);
  const query = new URLSearchParams(event.rawQueryString);
  const width = Number(query.get("w"));
  const original = await s3.send(
    new GetObjectCommand({ Bucket: process.env.ORIGINALS_BUCKET, Key }),
  );
  const body = await sharp(await original.Body.transformToByteArray())
    .autoOrient()
    .resize({ width })
    .webp({ quality: Number(process.env.WEBP_QUALITY) })
    .toBuffer();
  const headers = { "content-type": "image/webp" };
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.DERIVATIVES_BUCKET,
      Key: `${Key}/fm=webp,w=${width}`,
      Body: body,
      ContentType: headers["content-type"],
    }),
  );
  return { statusCode: 200, headers, isBase64Encoded: true, body: body.toString("base64") };
}
